/** The chart of a board: its series in lanes over a span of time, live where the span reaches to now. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useBoard } from '../app/board-context.js';
import { Lazy } from '../app/lazy.js';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';
import 'uplot/dist/uPlot.min.css';
import './chart.css';
import './chart-parts.css';
import { nameBefore } from './before-name.js';
import { useChart } from './chart-state.js';
import { Drawing } from './drawing.js';
import { Legend } from './legend.js';
import { useRememberedChoice } from './remembered-choice.js';
import { Spans } from './spans.js';

const loadDataTable = async () => (await import('./data-table.js')).DataTable;

export function Chart(): JSX.Element {
  const { data, view } = useBoard();
  useRememberedChoice();
  const state = useChart();
  const { model, series } = state;
  const isTable = useSignal(false);
  const isNarrow = useSignal(false);
  const error = useSignal<string | undefined>(undefined);
  const { chart: texts } = words.value;
  const definition = data.definition.value;
  const before = model && nameBefore(model, view.value.at !== undefined);
  return (
    <section
      class="chart"
      id="chart"
      aria-labelledby="chart-title"
      tabIndex={-1}
      onFocus={({ target, currentTarget }) => {
        // Who jumps to the chart moves through time at once.
        if (target === currentTarget) currentTarget.querySelector<HTMLElement>('.over')?.focus({ preventScroll: true });
      }}
      {...(!data.isLive.value && view.value.at === undefined && { 'data-stale': '' })}
    >
      <h2 class="unseen" id="chart-title">
        {texts.title}
      </h2>
      <header>
        {definition && (
          <Legend
            definition={definition}
            series={series}
            singled={state.singled}
            before={before?.title}
            hasTarget={model?.lanes.some((lane) => lane.series.some(({ target }) => target !== undefined)) ?? false}
          />
        )}
        <span class="spacer" />
        <button
          type="button"
          class="button"
          data-look="quiet"
          data-icon
          aria-pressed={isTable.value}
          aria-label={texts.asTable}
          title={texts.asTable}
          onClick={() => (isTable.value = !isTable.value)}
        >
          <Icon name="table" />
        </button>
        <Spans shown={model?.chart} timeZone={definition?.resolved.timeZone ?? 'UTC'} />
      </header>
      {error.value === undefined ? (
        <Drawing
          state={state}
          versus={before?.versus}
          isNarrow={isNarrow.value}
          onNarrow={(narrow) => (isNarrow.value = narrow)}
          onError={(reason) => (error.value = reason instanceof Error ? reason.message : 'unknown error')}
        />
      ) : (
        <p class="hint" role="alert">
          {texts.cannotShow(error.value)}
        </p>
      )}
      {model && (isTable.value || error.value !== undefined) && (
        <Lazy load={loadDataTable} props={{ model, before: before?.title }} />
      )}
    </section>
  );
}
