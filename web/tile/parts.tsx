/** The terms of a sum, with their numbers. */
import type { JSX } from 'preact';
import { getPresentation, formatShownNumber, type NumberKind } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { SeriesMark, type SeriesSlot } from '../signs/series-mark.js';
import { locale } from '../words/locale.js';
import type { ShownPart } from './shown-tile.js';

interface PartsProps {
  readonly parts: readonly ShownPart[];
  readonly kind: NumberKind;
  readonly getSlot: (name: string) => SeriesSlot | undefined;
}

export function Parts({ parts, kind, getSlot }: PartsProps): JSX.Element {
  const { data } = useBoard();
  const definition = data.definition.value;
  return (
    <div class="parts">
      <ul>
        {definition &&
          parts.map(({ name, isNegative }) => {
            const slot = getSlot(name);
            const number = data.getNumbers(name).value[kind];
            const shown = typeof number === 'number' && isNegative ? -number : number;
            return (
              <li key={name}>
                {slot && <SeriesMark slot={slot} />}
                {getPresentation(definition, name).title ?? name}{' '}
                <b>
                  <bdi>{formatShownNumber(definition, name, shown, locale.value, { withoutUnit: true })}</bdi>
                </b>
              </li>
            );
          })}
      </ul>
    </div>
  );
}
