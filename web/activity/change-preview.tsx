/** The number before and after a change that is being typed: `143 → 146`. */
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { formatShownNumber, type NumberKind } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { getShownKind } from '../tile/shown-tile.js';
import { locale, words } from '../words/locale.js';
import type { ChangeWay } from './planned-change.js';

interface ChangePreviewProps {
  readonly counter: string;
  readonly way: ChangeWay;
  /** In the smallest unit; undefined if nothing valid was typed. */
  readonly difference: number | undefined;
  /** True while the change is under way: what was agreed to stays. */
  readonly isFrozen: boolean;
}

/** Amounts change the number of the tile, whatever period that is of; a value is set in the total. */
export function ChangePreview({ counter, way, difference, isFrozen }: ChangePreviewProps): JSX.Element | null {
  const { data, view, changes } = useBoard();
  const frozen = useRef<JSX.Element | null>(null);
  const definition = data.definition.value;
  if (!definition || (isFrozen && frozen.current)) return frozen.current;
  const tileKind = getShownKind(definition, counter, view.value.period);
  const kind: NumberKind = way === 'set' ? 'total' : tileKind;
  const shown = data.getNumbers(counter).value[kind];
  const before = typeof shown === 'number' ? shown + changes.getOffset(counter).value : shown;
  const format = (number: number | null | undefined): string =>
    formatShownNumber(definition, counter, number, locale.value);
  const { activity, running } = words.value;
  frozen.current = (
    <p class="preview">
      {tileKind !== 'total' && <span class="of">{running[kind]}</span>}
      <span class="number">
        <bdi>{format(before)}</bdi>
        {difference !== undefined && difference !== 0 && typeof before === 'number' && (
          <>
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
              <path d="M2.5 8h11M9.5 4l4 4-4 4" />
            </svg>
            <span class="unseen"> {activity.becomes} </span>
            <bdi>{format(before + difference)}</bdi>
          </>
        )}
      </span>
    </p>
  );
  return frozen.current;
}
