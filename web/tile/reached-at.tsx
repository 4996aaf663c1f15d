/** The moment at which a counter has reached the target of its hour or day. Loaded once one is reached. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { readHistory } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { words } from '../words/locale.js';
import { formatTime, MINUTE_MS } from '../words/times.js';
import { findReachedAt } from './find-reached-at.js';

interface ReachedAtProps {
  readonly name: string;
  /** Smallest unit. */
  readonly target: number;
  /** Start of the running period, ms since the Unix epoch. */
  readonly start: number;
}

/** Says "Reached" alone where the minute is not known. */
export function ReachedAt({ name, target, start }: ReachedAtProps): JSX.Element {
  const { data, view } = useBoard();
  const [at, setAt] = useState<number>();
  const past = view.value.at;
  useEffect(() => {
    const controller = new AbortController();
    const { base, name: dashboard, tokenOptions } = data;
    const request = { dashboard, counters: [name], from: start, to: past ?? data.now(), stepMs: MINUTE_MS };
    readHistory(base, { ...request, signal: controller.signal, ...tokenOptions }).then(
      (history) => setAt(findReachedAt(history, name, target)),
      // The tile says that it is reached; the time is an addition.
      () => setAt(undefined),
    );
    return () => controller.abort();
  }, [data, name, target, start, past]);
  const { tile } = words.value;
  if (at === undefined) return <bdi>{tile.reached}</bdi>;
  const zone = data.definition.value?.resolved.timeZone;
  return (
    <>
      <bdi class="words">{tile.reachedAt(formatTime(at, 'time', zone))}</bdi>
      <bdi class="short outcome">{tile.reached}</bdi>
    </>
  );
}
