/** Says that somebody else has saved the board, what that changed, and offers to keep both. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
import { Icon } from '../signs/icon.js';
import { isolate } from '../words/isolate.js';
import { Sentence } from '../words/sentence.js';
import { words } from '../words/locale.js';
import { formatDuration, SECOND_MS } from '../words/times.js';
import { getTitle, useArranging } from './arranging.js';
import type { Conflict } from './draft.js';

export function ConflictStrip(): JSX.Element | null {
  const { draft } = useArranging();
  const conflict = draft.conflict.value;
  return conflict ? <Strip conflict={conflict} /> : null;
}

function Strip({ conflict }: { readonly conflict: Conflict }): JSX.Element {
  const { data } = useBoard();
  const { draft } = useArranging();
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, [now]);
  const { editor, time } = words.value;
  const { moved, resized, hidden, shown, hasOtherGroups } = conflict.difference;
  const toTitles = (names: readonly string[]): string[] => names.map((name) => isolate(getTitle(data, name)));
  const facts = [
    ...(moved.length > 0 ? [editor.moved(toTitles(moved))] : []),
    ...(resized.length > 0 ? [editor.resized(toTitles(resized))] : []),
    ...(hidden.length > 0 ? [editor.hidden(toTitles(hidden))] : []),
    ...(shown.length > 0 ? [editor.shown(toTitles(shown))] : []),
    ...(hasOtherGroups ? [editor.otherGroups] : []),
    conflict.contested.length === 0 ? editor.bothCanBeKept : editor.yoursWin(toTitles(conflict.contested)),
  ];
  const ago = time.ago(formatDuration(now.value - conflict.savedAt));
  return (
    <div class="strip notice">
      <Icon name="people" />
      <p>
        <b>{editor.savedBy(undefined, ago)}</b>{' '}
        <span role="status">
          <Sentence text={facts.join(' ')} />
        </span>
      </p>
      <span class="spacer" />
      <button type="button" class="button" data-look="quiet" onClick={() => draft.discard()}>
        {editor.discardMine}
      </button>
      <button type="button" class="button" onClick={() => draft.keepBoth()}>
        {editor.keepBoth}
      </button>
    </div>
  );
}
