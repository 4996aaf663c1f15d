/** The series of a chart: a key presses its series away, or singles it out while the pointer is on it. */
import type { JSX } from 'preact';
import type { Signal } from '@preact/signals';
import { getPresentation } from '../../src/measures/shown-number.js';
import type { DashboardDefinition } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { SeriesMark } from '../signs/series-mark.js';
import { words } from '../words/locale.js';
import { SeriesPicker } from './series-picker.js';
import { type LegendEntry, toggleOption } from './series-choice.js';

interface LegendProps {
  readonly definition: DashboardDefinition;
  readonly series: readonly LegendEntry[];
  readonly singled: Signal<string | undefined>;
  /** Name of the span before; undefined if nothing is compared. */
  readonly before: string | undefined;
  readonly hasTarget: boolean;
}

export function Legend({ definition, series, singled, before, hasTarget }: LegendProps): JSX.Element {
  const { view, setView } = useBoard();
  const { chart } = words.value;
  return (
    <div class="legend" role="group" aria-label={chart.series}>
      {series.map(({ name, slot, isShown }) => (
        <button
          key={name}
          type="button"
          class="key"
          title={getPresentation(definition, name).title}
          aria-pressed={isShown}
          onPointerEnter={({ pointerType }) => {
            if (pointerType === 'mouse' && isShown) singled.value = name;
          }}
          onPointerLeave={() => (singled.value = undefined)}
          onFocus={({ currentTarget }) => {
            if (isShown && currentTarget.matches(':focus-visible')) singled.value = name;
          }}
          onBlur={() => (singled.value = undefined)}
          onClick={() => {
            singled.value = undefined;
            setView({ forms: toggleOption(view.value.forms, `${name}:off`) });
          }}
        >
          <SeriesMark slot={slot} />
          <bdi>{getPresentation(definition, name).title ?? name}</bdi>
        </button>
      ))}
      <SeriesPicker definition={definition} series={series} />
      {before !== undefined && (
        <span class="key" data-static>
          <Stroke look="before" />
          {before}
        </span>
      )}
      {hasTarget && (
        <span class="key" data-static>
          <Stroke look="goal" />
          {chart.target}
        </span>
      )}
    </div>
  );
}

/** A piece of a line as it is drawn in the lanes. */
function Stroke({ look }: { readonly look: 'before' | 'goal' }): JSX.Element {
  return (
    <svg class="stroke" data-look={look} viewBox="0 0 20 2" aria-hidden="true">
      <path d="M0 1h20" />
    </svg>
  );
}
