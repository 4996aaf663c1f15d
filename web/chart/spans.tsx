/** Chooses the span of the chart: a named one, or from one date to another. */
import type { JSX } from 'preact';
import { RANGE_NAMES } from '../app/page-url.js';
import { useBoard } from '../app/board-context.js';
import { words } from '../words/locale.js';

export function Spans({ onDates }: { readonly onDates?: () => void }): JSX.Element {
  const { view, setView } = useBoard();
  const { chart } = words.value;
  const { range, from, to } = view.value;
  const isFixed = from !== undefined && to !== undefined;
  return (
    <fieldset class="segmented spans" data-size="small">
      <legend class="unseen">{chart.span}</legend>
      {RANGE_NAMES.map((name) => (
        <label key={name}>
          <input
            type="radio"
            name="range"
            checked={!isFixed && name === range}
            onChange={() => setView({ range: name, from: undefined, to: undefined })}
          />
          <span>{chart.spans[name]}</span>
        </label>
      ))}
      <button type="button" class="dates" aria-pressed={isFixed} onClick={onDates}>
        <span>{chart.dates}</span>
      </button>
    </fieldset>
  );
}
