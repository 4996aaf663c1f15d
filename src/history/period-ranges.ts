/** Chooses the rows of the store that make up periods, and the parts of earlier ones up to the same local reading. */
import type { TimeSpan } from '../counters/counters.js';
import type { Period, Reckoning } from '../counters/definition.js';
import { getSameReading } from '../measures/period-comparison.js';
import { getPeriodAt, listPeriods } from '../measures/periods.js';
import { BUCKETS, DAY_ROWS, type RowRange } from '../store/store.js';

const [, MINUTE, HOUR] = BUCKETS;

/** A period, or a part of one, as ranges of rows that add up to it. The last one has the value at its end. */
export interface SummedSpan extends TimeSpan {
  readonly ranges: readonly RowRange[];
}

/** A period, and what stood in it at the local reading of now. */
export interface PeriodRow extends SummedSpan {
  /** Absent for the period that is running. Its `end` is the moment that it counts up to. */
  readonly byNow?: SummedSpan;
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
  const aligned = period === 'day' && day ? alignToDay(spans, day) : spans;
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
  const row = { ...span, ranges: [toRange(period, span)] };
  return nowMs < span.end ? row : { ...row, byNow: createByNow(reckoning, period, row, nowMs) };
}

/**
 * Cuts the moment to the last full minute as long as minutes are kept, and to the last full UTC hour beyond. Where the
 * earlier period has no such reading, it is the end of the period.
 */
function createByNow(reckoning: Reckoning, period: Period, row: SummedSpan, nowMs: number): SummedSpan {
  const { start } = row;
  const moment = getSameReading(reckoning, period, nowMs, row);
  if (moment >= row.end) return { start, end: row.end, ranges: row.ranges };
  const { stepMs } = start >= nowMs - MINUTE.keepMs ? MINUTE : HOUR;
  const end = Math.max(start, moment - (moment % stepMs));
  if (period === 'hour') return { start, end, ranges: [{ stepMs, start, end }] };
  const dayStart = Math.max(start, getPeriodAt(reckoning, 'day', moment).start);
  const days = dayStart > start ? [{ stepMs: DAY_ROWS.stepMs, start, end: dayStart }] : [];
  return { start, end, ranges: [...days, { stepMs, start: dayStart, end: Math.max(dayStart, end) }] };
}

function toRange(period: Period, { start, end }: TimeSpan): RowRange {
  return { stepMs: period === 'hour' ? MINUTE.stepMs : DAY_ROWS.stepMs, start, end };
}
