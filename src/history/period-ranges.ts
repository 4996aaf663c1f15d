/** Chooses the rows of the store that make up periods, and the parts of earlier ones up to the same local reading. */
import type { TimeSpan } from '../counters/counters.js';
import type { Period, Reckoning } from '../counters/definition.js';
import { getSameReading } from '../measures/period-comparison.js';
import { getPeriodAt, listPeriods } from '../measures/periods.js';
import { BUCKETS, DAY_ROWS, type RowRange } from '../store/store.js';

const [, MINUTE, HOUR] = BUCKETS;
const EVER = Number.MAX_SAFE_INTEGER;

/** A period, and how far an earlier one counts up to the local reading of now. */
export interface PeriodRow extends TimeSpan {
  /** Rows of the store that add up to the period. */
  readonly range: RowRange;
  /** Absent for the period that is running. */
  readonly byNow?: ByNow;
}

export interface ByNow {
  /** Milliseconds since the Unix epoch: up to here it counts. */
  readonly at: number;
  /**
   * All rows from `at` on. What a counter has counted since the start of the period less what these have is exact, also
   * where a day begins within an hour. Undefined: the whole period counts.
   */
  readonly later?: RowRange;
  /** Rows from the start of the period up to `at`, for the levels of gauges. */
  readonly ranges: readonly RowRange[];
}

/**
 * Lists periods, newest first, as far back as rows are kept: hours 14 days, all others 10 years.
 * @param beforeMs the first period contains the millisecond before
 * @param day the open day of the dashboard, which differs from the calendar after the zone has changed
 */
export function listSpans(
  reckoning: Reckoning,
  period: Period,
  { beforeMs, count, nowMs, day }: { beforeMs: number; count: number; nowMs: number; day: TimeSpan | undefined },
): TimeSpan[] {
  const { keepMs } = period === 'hour' ? MINUTE : DAY_ROWS;
  const spans = listPeriods(reckoning, period, beforeMs, count);
  const aligned = period === 'day' && day ? alignToDay(spans, day).slice(0, count) : spans;
  return aligned.filter(({ start }) => start >= nowMs - keepMs);
}

/** Puts the open day in place of the days that it overlaps; the one before it ends where it begins. */
function alignToDay(spans: readonly TimeSpan[], day: TimeSpan): TimeSpan[] {
  const isOverlapped = ({ start, end }: TimeSpan): boolean => start < day.end && end > day.start;
  const overlapped = spans.filter(isOverlapped);
  const oldest = overlapped.at(-1);
  if (!oldest) return [...spans];
  const cut = oldest.start < day.start ? [{ start: oldest.start, end: day.start }] : [];
  const first = spans.findIndex(isOverlapped);
  return [...spans.slice(0, first), day, ...cut, ...spans.slice(first + overlapped.length)];
}

export function createRow(reckoning: Reckoning, period: Period, span: TimeSpan, nowMs: number): PeriodRow {
  const row = { ...span, range: toRange(period, span) };
  return nowMs < span.end ? row : { ...row, byNow: createByNow(reckoning, period, row, nowMs) };
}

/** Returns the rows of a kind of period from a moment on. */
export function createLaterRange(period: Period, start: number): RowRange {
  return toRange(period, { start, end: EVER });
}

/**
 * Cuts the moment to the last full minute for periods of the last 14 days, to the last full UTC hour before, and to the
 * start of the day where hours are no longer kept. Where the earlier period has no such reading, it is its end.
 */
function createByNow(reckoning: Reckoning, period: Period, { start, end, range }: PeriodRow, nowMs: number): ByNow {
  const moment = getSameReading(reckoning, period, nowMs, { start, end });
  if (moment >= end) return { at: end, ranges: [range] };
  const { stepMs } = start >= nowMs - MINUTE.keepMs ? MINUTE : HOUR;
  const at = Math.max(start, moment - (moment % stepMs));
  if (period === 'hour') return { at, later: { stepMs, start: at, end: EVER }, ranges: [{ stepMs, start, end: at }] };
  const dayStart = Math.max(start, getPeriodAt(reckoning, 'day', moment).start);
  const days = { stepMs: DAY_ROWS.stepMs, start, end: dayStart };
  if (start < nowMs - HOUR.keepMs)
    return { at: dayStart, later: { ...days, start: dayStart, end: EVER }, ranges: [days] };
  const rest = { stepMs, start: dayStart, end: Math.max(dayStart, at) };
  return { at, later: { stepMs, start: at, end: EVER }, ranges: [days, rest] };
}

function toRange(period: Period, { start, end }: TimeSpan): RowRange {
  return { stepMs: period === 'hour' ? MINUTE.stepMs : DAY_ROWS.stepMs, start, end };
}
