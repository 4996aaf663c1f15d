/** Computes the ranges and labels of the chart's axes. Pure. */
import {
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  formatDay,
  formatDateTime,
  formatTimeWithSeconds,
  formatTime,
} from '../page/formatting.js';

type ScaleValues = readonly (number | null)[];
type ScaleRange = [low: number, high: number];

/** Padding above and below the lines, as a fraction of their height. */
const PADDING = 0.08;

/** Computes the range of the value axis with padding; a constant value lies in the middle. */
export function computeValueRange(min: number | null, max: number | null): ScaleRange {
  const [low, high] = [min ?? 0, max ?? 0];
  const padding = Math.max((high - low) * PADDING, low === high ? 2 : 1);
  return [low >= 0 ? Math.max(0, low - padding) : low - padding, high + padding];
}

/**
 * Computes the range of the rate axis from all rows, since uPlot ignores the row that the left edge cuts. Contains 0.
 */
export function computeRateRange(columns: readonly ScaleValues[]): ScaleRange {
  let [low, high] = [0, 0];
  for (const cell of columns.flat()) [low, high] = [Math.min(low, cell ?? 0), Math.max(high, cell ?? 0)];
  const padding = Math.max((high - low) * PADDING, 1);
  return [low < 0 ? low - padding : 0, high + padding];
}

/** Formats a label of the time axis. @param at seconds @param step seconds between two labels */
export function formatAxisTime(at: number, step: number): string {
  const ms = at * SECOND_MS;
  if (step < 60) return formatTimeWithSeconds(ms);
  const date = new Date(ms);
  return step >= 86_400 || (date.getHours() === 0 && date.getMinutes() === 0) ? formatDay(ms) : formatTime(ms);
}

/** Formats the start of a row as precisely as its duration requires. */
export function formatRowTime(at: number, stepMs: number, rangeMs: number): string {
  if (rangeMs > HOUR_MS) return formatDateTime(at);
  return stepMs < MINUTE_MS ? formatTimeWithSeconds(at) : formatTime(at);
}
