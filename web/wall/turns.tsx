/** The dots of a wall's pages. That of the present page fills while it is shown. */
import type { JSX } from 'preact';
import { words } from '../words/locale.js';

/** With more pages a text stands in place of the dots. */
const MAX_DOTS = 8;

interface TurnsProps {
  readonly label: (index: number, count: number) => string;
  /** From 0. */
  readonly index: number;
  readonly count: number;
  /** Time of a page, seconds. */
  readonly everyS: number;
  /** Changes with each turn. */
  readonly turn: number;
}

export function Turns({ label, index, count, everyS, turn }: TurnsProps): JSX.Element {
  const { wall } = words.value;
  const name = label(index + 1, count);
  if (count > MAX_DOTS) return <p class="turns tabular">{wall.pageShort(index + 1, count)}</p>;
  return (
    <div class="turns" role="img" aria-label={name}>
      {Array.from({ length: count }, (_, dot) =>
        dot === index ? <span key={`now ${turn}`} data-now style={{ '--every': `${everyS}s` }} /> : <span key={dot} />,
      )}
    </div>
  );
}
