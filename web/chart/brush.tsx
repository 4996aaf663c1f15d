/** The brush: the chart's span within one that is 14 times as long. Its window is moved and stretched. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
import { findRowNumber } from '../data/period-data.js';
import { locale, words } from '../words/locale.js';
import { DAY_MS, formatDuration, formatTime } from '../words/times.js';
import { getBrushSpan, snapWindow, type Window } from './brush-span.js';
import { ChartFeed } from './chart-feed.js';
import type { ChartModel } from './chart-model.js';
import type { ChartRows } from './chart-rows.js';
import { type BucketKind, getBucketMs } from './chart-span.js';
import { listForms } from './lane.js';
import { formatBucket } from './readout.js';

interface BrushProps {
  readonly model: ChartModel;
  /** @param isLatest true if the window has been moved to the end, where the named span is */
  readonly onChange: (window: Window, isLatest: boolean) => void;
}

/** Pointers this near to an edge stretch the window, CSS pixels. */
const EDGE_PX = 9;
const YEAR_MS = 365.25 * DAY_MS;
/** Of earlier ends the year is written too. */
const HALF_YEAR_MS = YEAR_MS / 2;

/** Shows the first series of the chart. Without one there is nothing to read: no names would be all names. */
export function Brush({ model, onChange }: BrushProps): JSX.Element {
  const name = model.lanes[0]?.series[0]?.name;
  return name === undefined ? <div class="brush" /> : <BrushOf name={name} model={model} onChange={onChange} />;
}

function BrushOf({ name, model, onChange }: BrushProps & { readonly name: string }): JSX.Element {
  const { data, view } = useBoard();
  const { chart, definition } = model;
  const isPast = view.value.at !== undefined;
  const spanKey = JSON.stringify(getBrushSpan(chart, data.now()));
  const feed = useMemo(
    () => new ChartFeed({ board: data, span: JSON.parse(spanKey), names: [name], isPast }),
    [data, spanKey, name, isPast],
  );
  useEffect(() => () => feed.close(), [feed]);
  const rows = feed.rows.value;
  if (!rows || rows.rows.length < 2) return <div class="brush" />;
  const { timeZone } = definition.resolved;
  // The last bucket of the brush may run for weeks after the chart.
  const now = data.now();
  const to = Math.max(Math.min(rows.to, now), chart.to);
  const last = Math.min(now, to - 1);
  const length = formatLength(to - rows.from);
  const isLevel = listForms(definition, name)[0] === 'level';
  return (
    <div class="brush" dir="ltr">
      <span class="edge">
        <bdi>{length}</bdi>
      </span>
      <div class="track">
        <Silhouette rows={rows} to={to} name={name} isLevel={isLevel} />
        <BrushWindow
          range={{ from: rows.from, to }}
          shown={chart}
          bucketMs={getBucketMs(chart.bucket)}
          timeZone={timeZone}
          label={words.value.chart.brush(length)}
          text={formatBucket({ start: chart.from, end: chart.to }, getWindowKind(chart), timeZone)}
          onChange={onChange}
        />
      </div>
      <span class="edge">
        <bdi>{formatTime(last, now - last > HALF_YEAR_MS ? 'monthOfYear' : 'date', timeZone)}</bdi>
      </span>
    </div>
  );
}

/** Years are written from two on. */
function formatLength(ms: number): string {
  const years = Math.round(ms / YEAR_MS);
  if (years < 2) return formatDuration(ms);
  return new Intl.NumberFormat(locale.value, { style: 'unit', unit: 'year', unitDisplay: 'short' }).format(years);
}

/** Returns how the times of a window are written: by the clock, or by the calendar. */
function getWindowKind({ from, to }: Window): BucketKind {
  return to - from < 2 * DAY_MS ? { period: 'hour' } : { period: 'week' };
}

interface SilhouetteProps {
  readonly rows: ChartRows;
  readonly to: number;
  readonly name: string;
  readonly isLevel: boolean;
}

/** Height of the drawing's own units. */
const HEIGHT = 100;

function Silhouette({ rows: { rows, from }, to, name, isLevel }: SilhouetteProps): JSX.Element {
  const path = useMemo(() => {
    const numbers = rows.map((row) => findRowNumber(row, name) ?? 0);
    const most = Math.max(...numbers, 0) || 1;
    return rows
      .map(({ start, end }, index) => {
        const [x0, x1] = [start, Math.min(end, to)].map((ms) => ((ms - from) / (to - from)) * 1_000) as [
          number,
          number,
        ];
        const y = HEIGHT - (Math.max(0, numbers[index] ?? 0) / most) * HEIGHT;
        const gap = isLevel ? 0 : (x1 - x0) / 5;
        return y >= HEIGHT ? '' : `M${x0.toFixed(2)} ${HEIGHT}V${y.toFixed(1)}H${(x1 - gap).toFixed(2)}V${HEIGHT}Z`;
      })
      .join('');
  }, [rows, from, to, name, isLevel]);
  return (
    <svg viewBox={`0 0 1000 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

interface WindowProps extends Pick<BrushProps, 'onChange'> {
  readonly range: Window;
  readonly shown: Window;
  readonly bucketMs: number;
  readonly timeZone: string;
  readonly label: string;
  readonly text: string;
}

type Grip = 'whole' | 'from' | 'to';

function BrushWindow({ range, shown, bucketMs, timeZone, label, text, onChange }: WindowProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const drag = useRef<{ readonly grip: Grip; readonly x: number } | undefined>(undefined);
  const [moved, setMoved] = useState<Window | undefined>();
  const lengthMs = range.to - range.from;
  const { from, to } = moved ?? shown;
  const toShare = (ms: number): number => Math.min(1, Math.max(0, (ms - range.from) / lengthMs));
  const moveBy = (grip: Grip, byMs: number): Window => {
    if (grip === 'from')
      return { from: Math.min(shown.to - bucketMs, Math.max(range.from, shown.from + byMs)), to: shown.to };
    if (grip === 'to')
      return { from: shown.from, to: Math.max(shown.from + bucketMs, Math.min(range.to, shown.to + byMs)) };
    const by = Math.max(range.from - shown.from, Math.min(range.to - shown.to, byMs));
    return { from: shown.from + by, to: shown.to + by };
  };
  const apply = (window: Window, grip: Grip): void => {
    const snapped = snapWindow(window, bucketMs, timeZone);
    onChange(snapped, grip === 'whole' && window.to >= range.to - bucketMs / 2);
  };
  return (
    <div
      ref={element}
      class="window"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(toShare(from) * 100)}
      aria-valuetext={text}
      style={{ '--from': toShare(from), '--to': toShare(to) }}
      onKeyDown={(event) => {
        const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
        if (by === 0) return;
        event.preventDefault();
        apply(moveBy('whole', by * (shown.to - shown.from)), 'whole');
      }}
      onPointerDown={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const grip = event.clientX - box.left < EDGE_PX ? 'from' : box.right - event.clientX < EDGE_PX ? 'to' : 'whole';
        drag.current = { grip, x: event.clientX };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={({ clientX }) => {
        const width = element.current?.parentElement?.clientWidth ?? 1;
        if (!drag.current) return;
        setMoved(moveBy(drag.current.grip, ((clientX - drag.current.x) / width) * lengthMs));
      }}
      onPointerUp={() => {
        if (moved && drag.current) apply(moved, drag.current.grip);
        drag.current = undefined;
        setMoved(undefined);
      }}
      onPointerCancel={() => {
        drag.current = undefined;
        setMoved(undefined);
      }}
    />
  );
}
