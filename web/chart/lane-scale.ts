/** The value axis of a lane: its range and its few marks. Pure. */
import { roundUp } from '../tile/shown-tile.js';
import type { Lane, LaneSeries } from './lane.js';

/** Range and marks, in the numbers of the series. At most four marks, which are grid lines. */
export interface LaneScale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

export interface NumberUnit {
  readonly least: number;
  readonly one: number;
}

/** Below this height, CSS pixels at a root of 16, a lane has marks at its ends only. */
const TALL_LANE_PX = 74;
/** Least distance of two marks whose texts do not lie on each other, CSS pixels at a root of 16. */
const MARK_PX = 14;
/** Levels that change by less than this share of themselves are not blown up to the whole lane. */
const LEAST_RELATIVE_RANGE = 0.05;
const MANTISSAS = [1, 1.5, 2, 2.5, 3, 4, 5, 8];
/** Parts of a scale whose top has this mantissa; two for all others. */
const THIRDS = [1.5, 3];
/** Most parts between grid lines. */
const MAX_PARTS = 3;

/**
 * Returns the scale of a lane. Its running bucket never sets it, unless there is no other.
 * @param height of the lane, CSS pixels at a root of 16
 * @param unit `least`: least difference of two numbers, 1 for counters and 0.1 for a measure of one decimal; `one`: a
 *   whole unit, 100 for cents
 */
export function getLaneScale(lane: Lane, height: number, { least, one }: NumberUnit): LaneScale {
  const isTall = height >= TALL_LANE_PX;
  if (lane.form === 'level') return getLevelScale(listLevels(lane.series), { least, one }, isTall);
  const numbers = lane.form === 'adding' ? listSums(lane.series) : listBars(lane);
  const high = roundUp(Math.max(...numbers, 0));
  const low = -roundUp(-Math.min(...numbers, 0)) || 0;
  if (high === 0 && low === 0) return { low: 0, high: one, ticks: [0, one] };
  if (low < 0) {
    const isApart = (number: number): boolean => (Math.abs(number) / (high - low)) * height >= MARK_PX;
    return { low, high, ticks: [low, 0, high].filter((tick) => tick === 0 || isApart(tick)) };
  }
  return { low, high, ticks: isTall ? divide(high, least) : [0, high] };
}

/** Divides a scale from zero where the marks between are numbers of the unit. */
function divide(high: number, unit: number): number[] {
  const mantissa = high / 10 ** Math.floor(Math.log10(high) + 1e-9);
  const parts = THIRDS.some((third) => Math.abs(third - mantissa) < 1e-6) ? 3 : 2;
  const step = high / parts;
  if (Math.abs(step / unit - Math.round(step / unit)) > 1e-6) return [0, high];
  return Array.from({ length: parts + 1 }, (_, index) => index * step);
}

function listBars({ series, isStacked }: Lane): number[] {
  const finished = series.map(({ numbers }) => numbers.slice(0, -1).map((number) => number ?? 0));
  const before = series.map((one) => one.before.map(({ number }) => number ?? 0));
  const known = [...finished, ...before].flat().some((number) => number !== 0);
  const shown = known ? finished : series.map(({ numbers }) => numbers.map((number) => number ?? 0));
  if (!isStacked) return [...shown.flat(), ...(series.length === 1 ? before.flat() : [])];
  return [...addUp(shown), ...addUp(before)];
}

function addUp(columns: readonly (readonly number[])[]): number[] {
  const length = Math.max(0, ...columns.map((column) => column.length));
  return Array.from({ length }, (_, row) => columns.reduce((sum, column) => sum + (column[row] ?? 0), 0));
}

function listSums(series: readonly LaneSeries[]): number[] {
  return series.flatMap(({ numbers, before, target }) => [
    ...accumulate(numbers),
    ...accumulate(before.map(({ number }) => number)),
    ...(target === undefined ? [] : [target]),
  ]);
}

/** Returns the sums from the first number on. */
export function accumulate(numbers: readonly (number | null)[]): number[] {
  let sum = 0;
  return numbers.map((number) => (sum += number ?? 0));
}

function listLevels(series: readonly LaneSeries[]): number[] {
  return series
    .flatMap(({ numbers, before, startLevel, target }) => [
      ...numbers,
      ...before.map(({ number }) => number),
      startLevel,
      target,
    ])
    .filter((number) => typeof number === 'number');
}

/** Returns the range of levels of which the numbers use most, with marks that people read with ease. */
function getLevelScale(numbers: readonly number[], { least: unit, one }: NumberUnit, isTall: boolean): LaneScale {
  if (numbers.length === 0) return { low: 0, high: one, ticks: [0, one] };
  let [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const missing = Math.max(Math.max(Math.abs(least), Math.abs(most)) * LEAST_RELATIVE_RANGE, unit) - (most - least);
  if (missing > 0) {
    least = least >= 0 ? Math.max(0, least - missing / 2) : least - missing / 2;
    most += missing / 2;
  }
  const best = listLevelScales(least, most, unit).toSorted(
    (a, b) => a.high - a.low - (b.high - b.low) || a.ticks.length - b.ticks.length,
  )[0];
  if (!best) return { low: least, high: most, ticks: [least, most] };
  return isTall ? best : { ...best, ticks: [best.low, best.high] };
}

function listLevelScales(least: number, most: number, unit: number): LaneScale[] {
  const power = Math.floor(Math.log10(most - least));
  const scales: LaneScale[] = [];
  for (const mantissa of MANTISSAS) {
    for (const exponent of [power - 1, power, power + 1]) {
      const step = mantissa * 10 ** exponent;
      const low = round(Math.floor(least / (step / 2) + 1e-9) * (step / 2), exponent - 2);
      for (let parts = 1; parts <= MAX_PARTS; parts += 1) {
        const ticks = Array.from({ length: parts + 1 }, (_, index) => round(low + index * step, exponent - 2));
        const high = ticks.at(-1) ?? low;
        const isWhole = ticks.every((tick) => Math.abs(tick / unit - Math.round(tick / unit)) < 1e-6);
        if (high >= most && isWhole) scales.push({ low, high, ticks });
      }
    }
  }
  return scales;
}

function round(number: number, exponent: number): number {
  return exponent < 0 ? Number(number.toFixed(Math.min(20, -exponent))) : number;
}
