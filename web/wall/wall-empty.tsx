/** Shown on a wall whose board has no numbers, in words for everybody who passes by. */
import type { JSX } from 'preact';
import { useBoard } from '../app/board-context.js';
import { toFragment } from '../app/page-url.js';
import { isolate } from '../words/isolate.js';
import { Sentence } from '../words/sentence.js';
import { words } from '../words/locale.js';

export function WallEmpty(): JSX.Element {
  const { data } = useBoard();
  const { wall } = words.value;
  const address = new URL(toFragment({ dashboard: data.name }), data.base);
  return (
    <section class="nothing">
      <h2>
        <Sentence text={wall.empty(isolate(data.definition.value?.title ?? data.name))} />
      </h2>
      <p>{wall.emptyText}</p>
      <p class="hint">
        {wall.emptyHint} <bdi>{address.host + address.pathname + address.hash}</bdi>
      </p>
    </section>
  );
}
