/** Turns the numbers of a lane into the columns that uPlot draws. Pure. */
import type { ChartRows } from './chart-rows.js';
import type { Lane, LaneSeries } from './lane.js';
import { accumulate } from './lane-scale.js';

/** Points of one line, or the bars of one series by the start of their buckets. */
export interface Column {
  readonly name: string;
  readonly kind: 'before' | 'bars' | 'line';
  readonly at: number[];
  readonly values: (number | null)[];
  /** Bars: the ends of their buckets, and where they stand on others. */
  readonly ends: readonly number[];
  readonly bases: readonly number[];
}

/** Returns what is drawn of a lane, what lies behind first. */
export function listColumns(lane: Lane, rows: ChartRows): Column[] {
  const { form, series } = lane;
  // Several lines of earlier spans could not be told apart.
  const [first] = series;
  const before = series.length === 1 && first && first.before.length > 0 ? [createBefore(form, first, rows)] : [];
  if (form !== 'bars') return [...before, ...series.map((one) => createLine(form, one, rows))];
  const bases = rows.rows.map(() => 0);
  return [
    ...before,
    ...series.map((one) => {
      const own = [...bases];
      if (lane.isStacked)
        for (const [row, number] of one.numbers.entries()) bases[row] = (bases[row] ?? 0) + (number ?? 0);
      return {
        name: one.name,
        kind: 'bars' as const,
        at: rows.rows.map(({ start }) => start),
        values: one.numbers.map((number, row) => (number === null ? null : number + (own[row] ?? 0))),
        ends: rows.rows.map(({ end }) => end),
        bases: own,
      };
    }),
  ];
}

function createBefore(form: Lane['form'], { name, before, isRatio }: LaneSeries, { from }: ChartRows): Column {
  const base = { name, kind: 'before' as const, ends: [], bases: [] };
  const numbers = before.map(({ number }) => number);
  if (form === 'bars') {
    const last = before.at(-1);
    return {
      ...base,
      at: [...before.map(({ start }) => start), ...(last ? [last.end] : [])],
      values: [...numbers, numbers.at(-1) ?? null],
    };
  }
  if (form === 'adding')
    return { ...base, at: [from, ...before.map(({ end }) => end)], values: [0, ...accumulate(numbers)] };
  return { ...base, at: before.map(({ start, end }) => (isRatio ? (start + end) / 2 : end)), values: numbers };
}

/** The last point lies at the present. */
function createLine(form: Lane['form'], { name, numbers, startLevel, isRatio }: LaneSeries, chart: ChartRows): Column {
  const base = { name, kind: 'line' as const, ends: [], bases: [] };
  const { rows, from, at } = chart;
  const ends = rows.map(({ end }) => Math.min(end, at));
  if (form === 'adding') return { ...base, at: [from, ...ends], values: [0, ...accumulate(numbers)] };
  if (startLevel !== undefined) return { ...base, at: [from, ...ends], values: [startLevel, ...numbers] };
  return {
    ...base,
    at: rows.map(({ start, end }) => (end > at || !isRatio ? Math.min(end, at) : (start + end) / 2)),
    values: [...numbers],
  };
}
