/** The scales of the chart: how far they reach, and what is written on them. Pure. */
import { asDay, asMoment, asSecond, asTime } from '../page/formatting.js';

type Cells = readonly (number | null)[];
type Range = [low: number, high: number];

/** Room above and below the lines, as a part of their height. */
const ROOM = 0.08;

/** Room above and below; a value at rest lies in the middle. */
export function rangeOfValues(min: number | null, max: number | null): Range {
  const [low, high] = [min ?? 0, max ?? 0];
  const room = Math.max((high - low) * ROOM, low === high ? 2 : 1);
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

/** From 0 up and down, with the row that the left edge cuts: uPlot looks at those alone that begin in sight. */
export function rangeOfRates(columns: readonly Cells[]): Range {
  let [low, high] = [0, 0];
  for (const cell of columns.flat()) [low, high] = [Math.min(low, cell ?? 0), Math.max(high, cell ?? 0)];
  const room = Math.max((high - low) * ROOM, 1);
  return [low < 0 ? low - room : 0, high + room];
}

/** @param at seconds @param step seconds between two labels */
export function timeLabel(at: number, step: number): string {
  const ms = at * 1_000;
  if (step < 60) return asSecond(ms);
  const date = new Date(ms);
  return step >= 86_400 || (date.getHours() === 0 && date.getMinutes() === 0) ? asDay(ms) : asTime(ms);
}

/** When a row begins, as precisely as it is wide. */
export function rowLabel(at: number, stepMs: number, rangeMs: number): string {
  if (rangeMs > 3_600_000) return asMoment(at);
  return stepMs < 60_000 ? asSecond(at) : asTime(at);
}
