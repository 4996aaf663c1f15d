/** The lanes of a chart: their canvases and titles, one below the other on one time axis. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { DashboardDefinition } from '../../src/client/client.js';
import { formatNumber } from '../../src/measures/format.js';
import { formatShownNumber, getPresentation, getReading, isMeasure } from '../../src/measures/shown-number.js';
import { SeriesMark } from '../signs/series-mark.js';
import { locale } from '../words/locale.js';
import { formatTime } from '../words/times.js';
import type { ChartRows } from './chart-rows.js';
import type { Lane } from './lane.js';
import { listColumns } from './lane-columns.js';
import { GUTTERS, type LaneContent, LanePlot } from './lane-plot.js';
import { accumulate, getLaneScale } from './lane-scale.js';
import { type PlotStyle, readPlotStyle } from './plot-style.js';
import { listTimeTicks } from './time-ticks.js';

/** Room of a lane's title, and between two lanes, pixels at a root of 16. */
const [TITLE, GAP] = [18, 8];
/** Below this width, pixels at a root of 16, gutters are small. */
const NARROW = 560;

interface LanesProps {
  readonly definition: DashboardDefinition;
  readonly lanes: readonly Lane[];
  readonly chart: ChartRows;
  readonly singled: string | undefined;
  /** Changes when colours may have changed. */
  readonly theme: string;
  /** Sentence for those who cannot see the drawing. */
  readonly label: string;
  readonly renderTitle: (lane: Lane) => JSX.Element;
  readonly children?: ComponentChildren;
  readonly onWidth: (widthRem: number) => void;
}

export interface PlotSize {
  readonly width: number;
  readonly height: number;
}

export function Lanes(props: LanesProps): JSX.Element {
  const { lanes, label, renderTitle, onWidth, children } = props;
  const root = useRef<HTMLDivElement>(null);
  const plots = useRef(new Map<string, LanePlot>());
  const [size, setSize] = useState<PlotSize>({ width: 0, height: 0 });
  useEffect(() => {
    const { current } = root;
    if (!current) return undefined;
    const measure = (): void => setSize({ width: current.clientWidth, height: current.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const { current } = plots;
    return () => {
      for (const plot of current.values()) plot.destroy();
    };
  }, []);
  const style = root.current ? readPlotStyle(root.current) : undefined;
  const widthRem = style && size.width / (16 * style.unit);
  useEffect(() => {
    if (widthRem !== undefined && widthRem > 0) onWidth(widthRem);
  }, [widthRem]);
  const heights = style ? getHeights(lanes.length, size.height, style.unit) : [];
  useLayoutEffect(() => {
    if (!style || !root.current) return;
    const used = new Set<string>();
    for (const [index, lane] of lanes.entries()) {
      const key = getLaneKey(lane);
      used.add(key);
      const element = root.current.querySelector<HTMLElement>(`[data-lane="${key}"] .canvas`);
      if (!element) continue;
      let plot = plots.current.get(key);
      if (!plot) plots.current.set(key, (plot = new LanePlot(element)));
      const hasAxis = index === lanes.length - 1;
      const height = (heights[index] ?? 0) - Math.round(TITLE * style.unit);
      plot.draw(createContent(props, lane, { style, size, height, hasAxis }), style, { width: size.width, height });
    }
    for (const [key, plot] of plots.current) {
      if (used.has(key)) continue;
      plot.destroy();
      plots.current.delete(key);
    }
  });
  return (
    <div ref={root} class="lanes" dir="ltr">
      <div role="img" aria-label={label}>
        {lanes.map((lane, index) => (
          <div
            key={getLaneKey(lane)}
            class="lane"
            data-lane={getLaneKey(lane)}
            style={{ height: `${heights[index] ?? 0}px` }}
          >
            <div class="canvas" />
          </div>
        ))}
      </div>
      {lanes.map((lane, index) => (
        <div
          key={getLaneKey(lane)}
          class="lane-title"
          style={{ insetBlockStart: `${heights.slice(0, index).reduce((sum, one) => sum + one, 0)}px` }}
        >
          {renderTitle(lane)}
        </div>
      ))}
      {children}
    </div>
  );
}

/** A lane with the same series keeps its canvas, whatever its form. */
function getLaneKey({ series }: Lane): string {
  return series.map(({ name }) => name).join(' ');
}

/** Returns the height of each lane with its title, CSS pixels; the last one has the time axis. */
function getHeights(count: number, height: number, unit: number): number[] {
  if (count === 0 || height === 0) return [];
  const axis = Math.round((GUTTERS.axis - GUTTERS.under) * unit);
  const gap = Math.round(GAP * unit);
  const each = Math.floor((height - axis - gap * (count - 1)) / count);
  return Array.from({ length: count }, (_, index) => each + (index === count - 1 ? axis : gap));
}

interface ContentOptions {
  readonly style: PlotStyle;
  readonly size: PlotSize;
  readonly height: number;
  readonly hasAxis: boolean;
}

function createContent(
  { definition, chart, singled }: LanesProps,
  lane: Lane,
  { style, size, height, hasAxis }: ContentOptions,
): LaneContent {
  const { unit } = style;
  const isNarrow = size.width / unit < NARROW;
  const [start, end] = isNarrow ? [GUTTERS.narrowStart, GUTTERS.narrowEnd] : [GUTTERS.start, GUTTERS.end];
  const { timeZone } = definition.resolved;
  const ticks = listTimeTicks(chart.from, chart.to, (size.width / unit - start - end) / 16, timeZone);
  const name = lane.series[0]?.name ?? '';
  const inner = height / unit - GUTTERS.over - (hasAxis ? GUTTERS.axis : GUTTERS.under);
  const least = isMeasure(definition, name) ? 10 ** -getReading(definition, name).scale : 1;
  const write = (one: string, number: number | null | undefined): string =>
    formatShownNumber(definition, one, number, locale.value, { form: 'whole', withoutUnit: true });
  const target = lane.series.find((one) => one.target !== undefined);
  const last = chart.rows.at(-1);
  const at = lane.form !== 'bars' || !last ? chart.at : last.end > chart.at ? last.start : last.end;
  return {
    columns: listColumns(lane, chart),
    form: lane.form,
    isStacked: lane.isStacked,
    scale: getLaneScale(lane, inner, least),
    from: chart.from,
    to: chart.to,
    at,
    ticks,
    hasAxis,
    isNarrow,
    slots: Object.fromEntries(lane.series.map((one) => [one.name, one.slot])),
    target:
      target?.target === undefined ? undefined : { number: target.target, text: write(target.name, target.target) },
    ends: Object.fromEntries(
      lane.series.map((one) => {
        const sums = lane.form === 'adding' ? accumulate(one.numbers) : one.numbers;
        const number = sums.findLast((value) => value !== null);
        return [
          one.name,
          isMeasure(definition, one.name)
            ? formatShownNumber(definition, one.name, number, locale.value)
            : write(one.name, number),
        ];
      }),
    ),
    singled,
    formatTick: (tick) => formatTick(definition, name, tick),
    formatTime: (ms) => formatTime(ms, ticks.style, timeZone),
  };
}

/** Marks are short: without currency and unit, and thousands by a letter. */
function formatTick(definition: DashboardDefinition, name: string, tick: number): string {
  const { scale, percent = false } = getReading(definition, name);
  const isDecimal = isMeasure(definition, name);
  const isWhole = Number.isInteger(isDecimal ? tick : tick / 10 ** scale);
  const number = isDecimal ? tick.toFixed(scale) : Math.round(tick);
  return formatNumber(number, { scale, percent }, locale.value, { form: isWhole ? 'compact' : 'full' });
}

/** The title of a lane: its series, and what is drawn of them. */
export function LaneTitle({
  definition,
  lane,
  suffix,
}: {
  readonly definition: DashboardDefinition;
  readonly lane: Lane;
  readonly suffix: string;
}): JSX.Element {
  return (
    <>
      {lane.series.map(({ name, slot }) => (
        <span key={name} class="series-title" data-series={slot}>
          <SeriesMark slot={slot} />
          <bdi>{getPresentation(definition, name).title ?? name}</bdi>
        </span>
      ))}
      <span>{suffix}</span>
    </>
  );
}
