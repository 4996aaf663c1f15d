/** The chart of a board: its series in lanes over a span of time, live where the span reaches to now. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { useBoard } from '../app/board-context.js';
import { words } from '../words/locale.js';
import 'uplot/dist/uPlot.min.css';
import './chart.css';
import { ChartFeed } from './chart-feed.js';
import type { ChartRows } from './chart-rows.js';
import { getChartSpan, WIDE_REM } from './chart-span.js';
import { Cursor } from './cursor.js';
import { Lanes, LaneTitle } from './lanes.js';
import { listLanes } from './lane.js';
import { listBuckets, readBucket } from './readout.js';
import { listSeries } from './series-choice.js';
import { Spans } from './spans.js';
import { Tip } from './tip.js';

export function Chart(): JSX.Element | null {
  const { data, view, setView } = useBoard();
  const [isWide, setIsWide] = useState(true);
  const cursor = useSignal<number | undefined>(undefined);
  const definition = data.definition.value;
  const { range, from, to, chart: chosen, at: past } = view.value;
  const names = data.names.value;
  const series = definition ? listSeries(definition, names, chosen, []) : [];
  const shown = series.filter(({ isShown }) => isShown);
  const span = getChartSpan({ range, from, to }, data.now(), isWide);
  const spanKey = JSON.stringify(span);
  const nameKey = series.map(({ name }) => name).join();
  const feed = useMemo(
    () => new ChartFeed({ board: data, span, names: nameKey.split(','), isPast: past !== undefined }),
    [data, spanKey, nameKey, past !== undefined],
  );
  useEffect(() => () => feed.close(), [feed]);
  // The last rows stay until those of another span have come.
  const last = useRef<ChartRows | undefined>(undefined);
  const chart = feed.rows.value ?? last.current;
  last.current = chart;
  const { chart: texts } = words.value;
  const lanes =
    definition && chart
      ? listLanes(definition, shown, chart, { period: span.kind === 'day' ? 'day' : undefined, isStacked: false })
      : [];
  const buckets = chart ? listBuckets(chart, lanes) : [];
  const bucket = cursor.value === undefined ? undefined : buckets[cursor.value];
  const readout = definition && chart && bucket ? readBucket(definition, lanes, chart, bucket) : undefined;
  return (
    <section class="chart" id="chart" aria-labelledby="chart-title" tabIndex={-1}>
      <h2 class="unseen" id="chart-title">
        {texts.title}
      </h2>
      <header>
        <span class="spacer" />
        <Spans />
      </header>
      <div class="plot" style={{ '--lanes': Math.max(1, lanes.length) }} data-points={chart?.rows.length ?? 0}>
        {definition && chart && (
          <Lanes
            definition={definition}
            lanes={lanes}
            chart={chart}
            singled={undefined}
            theme={view.value.theme}
            label={texts.title}
            renderTitle={(lane) => <LaneTitle definition={definition} lane={lane} suffix={texts.forms[lane.form]} />}
            onWidth={(width) => setIsWide(width >= WIDE_REM)}
          >
            <Cursor
              from={chart.from}
              to={chart.to}
              now={chart.at}
              buckets={buckets}
              cursor={cursor.value}
              onCursor={(index) => (cursor.value = index)}
              onZoom={(start, end) => setView({ from: start, to: end })}
              onZoomBack={() => setView({ from: undefined, to: undefined })}
              label={texts.cursor}
              text={readout ? readout.rows.map(({ title, number }) => `${title} ${number}`).join(', ') : texts.noCursor}
            >
              {readout && bucket && (
                <Tip
                  readout={readout}
                  versus={undefined}
                  share={[
                    (bucket.start - chart.from) / (chart.to - chart.from),
                    (bucket.end - chart.from) / (chart.to - chart.from),
                  ]}
                />
              )}
            </Cursor>
          </Lanes>
        )}
      </div>
    </section>
  );
}
