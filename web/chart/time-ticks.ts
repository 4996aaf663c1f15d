/** The marks of the time axis, at full hours, days or months of the dashboard's zone. Pure. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../words/durations.js';
import type { TimeStyle } from '../words/times.js';
import { fromLocal, toLocal } from '../data/local-time.js';

export interface TimeTicks {
  /** Milliseconds since the Unix epoch. */
  readonly at: readonly number[];
  readonly style: TimeStyle;
}

interface Step {
  readonly ms?: number;
  readonly days?: number;
  readonly months?: number;
  readonly style: TimeStyle;
}

const STEPS: readonly Step[] = [
  ...[15, 30].map((count) => ({ ms: count * SECOND_MS, style: 'seconds' as const })),
  ...[1, 2, 5, 10, 15, 30].map((count) => ({ ms: count * MINUTE_MS, style: 'time' as const })),
  ...[1, 2, 3, 6, 12].map((count) => ({ ms: count * HOUR_MS, style: 'time' as const })),
  ...[1, 2, 7, 14].map((count) => ({ days: count, style: count === 1 ? ('day' as const) : ('date' as const) })),
  ...[1, 2, 3, 6].map((count) => ({ months: count, style: 'month' as const })),
  ...[12, 24, 60, 120].map((count) => ({ months: count, style: 'yearOnly' as const })),
];

/** About how wide the text of a mark is, rem. */
const WIDTHS: Partial<Record<TimeStyle, number>> = {
  seconds: 5,
  time: 3.5,
  day: 5.5,
  date: 4,
  month: 3,
  yearOnly: 3.5,
};
const USUAL_WIDTH = 5.5;
/** Spans that are at least so long have marks at days, or at months. */
const [MOST_HOURS_MS, MOST_DAYS_MS] = [4 * DAY_MS, 100 * DAY_MS];
const MONTH_MS = 30.4 * DAY_MS;

/** @param widthRem width of the axis */
export function listTimeTicks(from: number, to: number, widthRem: number, timeZone: string): TimeTicks {
  const lengthMs = to - from;
  const step = STEPS.find(
    (one) =>
      (lengthMs / getStepMs(one)) * (WIDTHS[one.style] ?? USUAL_WIDTH) <= widthRem &&
      (lengthMs < MOST_HOURS_MS || one.ms === undefined) &&
      (lengthMs < MOST_DAYS_MS || one.months !== undefined),
  );
  const { style } = step ?? { style: 'yearOnly' };
  if (!step) return { at: [], style };
  const at: number[] = [];
  // A step before and after, since the readings of the ends may be skipped by the clocks.
  const end = toLocal(to, timeZone) + HOUR_MS;
  for (let local = getFirst(toLocal(from, timeZone), step); local <= end; local = getNext(local, step)) {
    const ms = fromLocal(local, timeZone);
    if (ms >= from && ms <= to && ms > (at.at(-1) ?? -Infinity)) at.push(ms);
  }
  return { at, style };
}

function getStepMs({ ms, days, months }: Step): number {
  return ms ?? (days === undefined ? (months ?? 1) * MONTH_MS : days * DAY_MS);
}

/** Returns the last mark at or before a reading. Weeks begin on Mondays. */
function getFirst(local: number, { ms, days, months }: Step): number {
  if (ms !== undefined) return Math.floor(local / ms) * ms;
  const date = new Date(Math.floor(local / DAY_MS) * DAY_MS);
  if (months !== undefined) return Date.UTC(date.getUTCFullYear(), Math.floor(date.getUTCMonth() / months) * months, 1);
  // 5 January 1970 was a Monday.
  const length = (days ?? 1) * DAY_MS;
  return Math.floor((local - 4 * DAY_MS) / length) * length + 4 * DAY_MS;
}

function getNext(local: number, { ms, days, months }: Step): number {
  if (months === undefined) return local + (ms ?? (days ?? 1) * DAY_MS);
  const date = new Date(local);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
}
