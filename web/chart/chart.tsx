/** The chart of a board: its series in lanes over a span of time, live where the span reaches to now. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { getPresentation } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { useShortcut } from '../app/shortcuts.js';
import { Icon } from '../signs/icon.js';
import { locale, words } from '../words/locale.js';
import 'uplot/dist/uPlot.min.css';
import './chart.css';
import './chart-parts.css';
import { nameBefore } from './before-name.js';
import { Brush } from './brush.js';
import type { ChartModel } from './chart-model.js';
import { type ChartState, useChart } from './chart-state.js';
import { DataTable } from './data-table.js';
import { LaneTitle } from './lane-title.js';
import { Lanes } from './lanes.js';
import { Legend } from './legend.js';
import { listShownReasons } from './marks.js';
import { formatBucket } from './readout.js';
import { CursorLayer, ReadingBelow } from './cursor-layer.js';
import { ReasonFeed } from './reason-feed.js';
import { useRememberedChoice } from './remembered-choice.js';
import { Spans } from './spans.js';

export function Chart(): JSX.Element {
  const { data, view } = useBoard();
  useRememberedChoice();
  const state = useChart();
  const { model, series, isReading } = state;
  const isTable = useSignal(false);
  const isNarrow = useSignal(false);
  const error = useSignal<unknown>(undefined);
  const section = useRef<HTMLElement>(null);
  const { chart: texts } = words.value;
  const definition = data.definition.value;
  const before = model && nameBefore(model, view.value.at !== undefined);
  useShortcut('c', () => {
    section.current?.scrollIntoView({ block: 'nearest' });
    section.current?.querySelector<HTMLElement>('.over')?.focus();
  });
  return (
    <section
      ref={section}
      class="chart"
      id="chart"
      aria-labelledby="chart-title"
      tabIndex={-1}
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
          isReading={isReading}
          onNarrow={(narrow) => (isNarrow.value = narrow)}
          onError={(reason) => (error.value = reason)}
        />
      ) : (
        <p class="hint" role="alert">
          {texts.cannotShow(error.value instanceof Error ? error.value.message : String(error.value))}
        </p>
      )}
      {model && (isTable.value || error.value !== undefined) && <DataTable model={model} before={before?.title} />}
    </section>
  );
}

interface DrawingProps {
  readonly state: ChartState;
  readonly versus: string | undefined;
  readonly isNarrow: boolean;
  readonly isReading: boolean;
  readonly onNarrow: (isNarrow: boolean) => void;
  readonly onError: (error: unknown) => void;
}

function Drawing({ state, versus, isNarrow, isReading, onNarrow, onError }: DrawingProps): JSX.Element {
  const { data, setView } = useBoard();
  const { model, cursor, singled, setWidth } = state;
  const zooms = useRef<{ readonly from: number | undefined; readonly to: number | undefined }[]>([]);
  const { view } = useBoard();
  const feed = useMemo(() => new ReasonFeed(data), [data]);
  useEffect(() => () => feed.close(), [feed]);
  const from = model?.chart.from;
  useEffect(() => {
    if (from !== undefined) feed.reachBack(from);
  }, [feed, from]);
  const reasons = model ? listShownReasons(model, feed.reasons.value) : [];
  return (
    <>
      <div
        class="plot"
        style={{ '--lanes': Math.max(1, model?.lanes.length ?? 0) }}
        data-points={model?.chart.rows.length ?? 0}
        aria-busy={isReading}
        {...(reasons.length > 0 && { 'data-marks': '' })}
        {...(isNarrow && { 'data-narrow': '' })}
      >
        {model ? (
          <Lanes
            model={model}
            singled={singled.value}
            label={describeChart(model)}
            renderTitle={(lane) => <LaneTitle definition={model.definition} lane={lane} bucket={model.chart.bucket} />}
            onWidth={(widthRem, narrow) => {
              setWidth(widthRem);
              onNarrow(narrow);
            }}
            onError={onError}
          >
            <CursorLayer
              model={model}
              cursor={cursor}
              reasons={reasons}
              versus={versus}
              hasTip={!isNarrow}
              onZoom={(start, end) => {
                zooms.current.push({ from: view.value.from, to: view.value.to });
                setView({ from: start, to: end });
              }}
              onZoomBack={() => setView(zooms.current.pop() ?? { from: undefined, to: undefined })}
            />
          </Lanes>
        ) : (
          <p class="hint reading">{texts().loading}</p>
        )}
      </div>
      {model && !isNarrow && (
        <Brush
          model={model}
          onChange={(window, isLatest) => {
            zooms.current = [];
            setView(isLatest ? { from: undefined, to: undefined } : window);
          }}
        />
      )}
      {model && <ReadingBelow model={model} cursor={cursor} reasons={reasons} versus={versus} isAlways={isNarrow} />}
    </>
  );
}

const texts = () => words.value.chart;

/** Says what is drawn: `Revenue and Orders, Sat 29 Nov, 00:00 to 24:00`. */
function describeChart({ definition, chart, lanes }: ChartModel): string {
  const { timeZone } = definition.resolved;
  const titles = lanes.flatMap(({ series }) =>
    series.map(({ name }) => getPresentation(definition, name).title ?? name),
  );
  const [first, last] = [chart.rows.at(0), chart.rows.at(-1)];
  const list = new Intl.ListFormat(locale.value).format(titles);
  if (!first || !last) return list;
  return texts().sentence(
    list,
    formatBucket(first, chart.bucket, timeZone),
    formatBucket(last, chart.bucket, timeZone),
  );
}
