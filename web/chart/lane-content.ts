/** What uPlot draws in a lane: columns, scale, marks of both axes, and texts. Pure. */
import type { DashboardDefinition } from '../../src/client/client.js';
import { formatNumber } from '../../src/measures/format.js';
import { formatShownNumber, getReading, isMeasure } from '../../src/measures/shown-number.js';
import { formatLimit } from '../tile/limit-text.js';
import { locale } from '../words/locale.js';
import { DAY_MS, formatTime, HOUR_MS } from '../words/times.js';
import type { ChartRows } from './chart-rows.js';
import type { Lane, LaneForm } from './lane.js';
import { type Column, listColumns } from './lane-columns.js';
import { accumulate, getLaneScale, type LaneScale, type NumberUnit } from './lane-scale.js';
import { toLocal } from '../data/local-time.js';
import { listTimeTicks } from './time-ticks.js';

/** Gutters beside a plot, and room for letters over and under it, pixels at a root of 16. */
export const GUTTERS = { start: 48, end: 64, narrowStart: 36, narrowEnd: 16, axis: 24, over: 7, under: 7 } as const;
/** Below this width of a chart, pixels at a root of 16, gutters are small. */
export const NARROW = 560;

/** A mark of an axis: its place, and its text. */
export interface AxisMark {
  readonly at: number;
  readonly text: string;
}

/** Times are milliseconds since the Unix epoch. */
export interface LaneContent {
  readonly columns: readonly Column[];
  readonly form: LaneForm;
  readonly isStacked: boolean;
  readonly scale: LaneScale;
  readonly from: number;
  readonly to: number;
  /** Up to here the numbers are known; where bars run, the start of the running one. */
  readonly at: number;
  readonly values: readonly AxisMark[];
  readonly times: readonly AxisMark[];
  readonly hasAxis: boolean;
  readonly isNarrow: boolean;
  /** Slot of each series by name. */
  readonly slots: Readonly<Record<string, number>>;
  readonly target: { readonly number: number; readonly text: string } | undefined;
  /** Text at the end of each line, by name. */
  readonly ends: Readonly<Record<string, string>>;
  /** The only series that is drawn in full colour; undefined for all. */
  readonly singled: string | undefined;
}

interface ContentOptions {
  /** CSS pixels of one pixel at a root of 16. */
  readonly unit: number;
  /** Width of the lane and height of its canvas, CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** True for the lowest lane. */
  readonly hasAxis: boolean;
  readonly singled: string | undefined;
}

export function createLaneContent(
  definition: DashboardDefinition,
  chart: ChartRows,
  lane: Lane,
  { unit, width, height, hasAxis, singled }: ContentOptions,
): LaneContent {
  const { form, isStacked, series } = lane;
  const isNarrow = width / unit < NARROW;
  const [start, end] = isNarrow ? [GUTTERS.narrowStart, GUTTERS.narrowEnd] : [GUTTERS.start, GUTTERS.end];
  const name = series[0]?.name ?? '';
  const inner = height / unit - GUTTERS.over - (hasAxis ? GUTTERS.axis : GUTTERS.under);
  const scale = getLaneScale(lane, inner, getUnit(definition, name));
  const target = series.find((one) => one.target !== undefined);
  const last = chart.rows.at(-1);
  return {
    columns: listColumns(lane, chart),
    form,
    isStacked,
    scale,
    from: chart.from,
    to: chart.to,
    at: form !== 'bars' || !last ? chart.at : last.end > chart.at ? last.start : last.end,
    values: listValueMarks(definition, name, scale),
    times: hasAxis ? listTimeMarks(chart, (width / unit - start - end) / 16, definition.resolved.timeZone) : [],
    hasAxis,
    isNarrow,
    slots: Object.fromEntries(series.map((one) => [one.name, one.slot])),
    target:
      target?.target === undefined
        ? undefined
        : { number: target.target, text: formatLimit(definition, target.name, target.target) },
    ends: Object.fromEntries(
      series.map((one) => {
        const numbers = form === 'adding' ? accumulate(one.numbers) : one.numbers;
        return [one.name, formatShort(definition, one.name, numbers.findLast((number) => number !== null) ?? null)];
      }),
    ),
    singled: series.length > 1 ? singled : undefined,
  };
}

function getUnit(definition: DashboardDefinition, name: string): NumberUnit {
  const { scale } = getReading(definition, name);
  return isMeasure(definition, name) ? { least: 10 ** -scale, one: 1 } : { least: 1, one: 10 ** scale };
}

/** Money of a chart has no decimals, ratios have theirs. */
function formatShort(definition: DashboardDefinition, name: string, number: number | null): string {
  const { scale } = getReading(definition, name);
  const isLarge = !isMeasure(definition, name) && Math.abs(number ?? 0) >= 100 * 10 ** scale;
  return formatShownNumber(definition, name, number, locale.value, {
    form: isLarge ? 'whole' : 'full',
    withoutUnit: true,
  });
}

/** Marks are short: without currency and unit, thousands by a letter, and all with the same decimals. */
function listValueMarks(definition: DashboardDefinition, name: string, { ticks }: LaneScale): AxisMark[] {
  const { scale, percent = false } = getReading(definition, name);
  const unit = isMeasure(definition, name) ? 1 : 10 ** scale;
  const decimals = [0, 1, 2, 3].find((count) => ticks.every((tick) => isWhole((tick / unit) * 10 ** count))) ?? scale;
  const isLarge = ticks.some((tick) => Math.abs(tick / unit) >= 1_000);
  return ticks.map((at) => ({
    at,
    text: formatNumber((at / unit).toFixed(isLarge ? 2 : decimals), { scale: decimals, percent }, locale.value, {
      form: isLarge ? 'compact' : 'full',
    }),
  }));
}

function isWhole(number: number): boolean {
  return Math.abs(number - Math.round(number)) < 1e-6;
}

/** January and midnight tell what the marks after them belong to. */
function listTimeMarks({ from, to }: ChartRows, widthRem: number, timeZone: string): AxisMark[] {
  const { at, style } = listTimeTicks(from, to, widthRem, timeZone);
  return at.map((ms) => {
    const local = new Date(toLocal(ms, timeZone));
    const isYear = style === 'month' && local.getUTCMonth() === 0;
    const isDay = style === 'time' && to - from > 26 * HOUR_MS && local.getTime() % DAY_MS === 0;
    return { at: ms, text: formatTime(ms, isYear ? 'yearOnly' : isDay ? 'weekday' : style, timeZone) };
  });
}
