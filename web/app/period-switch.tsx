/** The choice of the period that all numbers of the board are of. */
import type { JSX } from 'preact';
import { getCommonKind } from '../tile/shown-tile.js';
import { words } from '../words/locale.js';
import { useBoard } from './board-context.js';
import type { PeriodChoice } from './page-url.js';

/** Periods to choose from, in the order of the keys 1 to 5. */
export const PERIOD_KEYS: readonly PeriodChoice[] = ['hour', 'day', 'week', 'month', 'total'];

export function PeriodSwitch(): JSX.Element {
  const { data, view, setView } = useBoard();
  const definition = data.definition.value;
  const chosen = view.value.period ?? (definition && getCommonKind(definition));
  const { period, chart } = words.value;
  const isPast = view.value.at !== undefined;
  return (
    <fieldset class="segmented periods">
      <legend class="unseen">{period.legend}</legend>
      {PERIOD_KEYS.map((choice) => (
        <label key={choice}>
          <input type="radio" name="period" checked={choice === chosen} onChange={() => setView({ period: choice })} />
          <span>{choice === 'day' && isPast ? chart.thatDay : period[choice]}</span>
        </label>
      ))}
    </fieldset>
  );
}
