/**
 * Hours, days, weeks, months and years of a time zone. Moments are milliseconds since the epoch. Periods of one kind
 * follow each other without gap or overlap.
 *
 * An hour lasts from one full hour of the local clock to the next: 30 or 90 minutes where a zone shifts by half an
 * hour. A day begins at the first moment whose local reading is its date at `dayStartsAt` or later. Weeks, months and
 * years begin with their first day. Where a day starts at 06:00, 02:00 belongs to the day that began on the date
 * before: that date is the business date of the moment.
 */
import type { Temporal } from 'temporal-polyfill';
import type { TimeSpan } from '../counters/counters.js';
import { type Period, type Reckoning, WEEKDAYS } from '../counters/definition.js';
import { findReading, getHourEnd, getHourStart, toReading } from './time-zone.js';

/** Periods that consist of days. */
export type DatePeriod = Exclude<Period, 'hour'>;

const LENGTHS: Readonly<Record<DatePeriod, Temporal.DurationLike>> = {
  day: { days: 1 },
  week: { weeks: 1 },
  month: { months: 1 },
  year: { years: 1 },
};

/** The period that a moment lies in. */
export function getPeriodAt(reckoning: Reckoning, period: Period, atMs: number): TimeSpan {
  if (period === 'hour') {
    return { start: getHourStart(reckoning.timeZone, atMs), end: getHourEnd(reckoning.timeZone, atMs) };
  }
  const first = getFirstDate(reckoning, period, getBusinessDate(reckoning, atMs));
  return { start: getDayStart(reckoning, first), end: getDayStart(reckoning, first.add(LENGTHS[period])) };
}

/** The period before `range`, which is one of the same kind. */
export function getPrevious(reckoning: Reckoning, period: Period, range: TimeSpan): TimeSpan {
  return getPeriodAt(reckoning, period, range.start - 1);
}

/** `count` successive periods, newest first. The first one contains the millisecond before `beforeMs`. */
export function listPeriods(reckoning: Reckoning, period: Period, beforeMs: number, count: number): TimeSpan[] {
  return period === 'hour'
    ? listHours(reckoning, beforeMs, count)
    : listDatePeriods(reckoning, period, beforeMs, count);
}

function listHours({ timeZone }: Reckoning, beforeMs: number, count: number): TimeSpan[] {
  const ranges: TimeSpan[] = [];
  for (let end = getHourEnd(timeZone, beforeMs - 1); ranges.length < count;) {
    const start = getHourStart(timeZone, end - 1);
    ranges.push({ start, end });
    end = start;
  }
  return ranges;
}

function listDatePeriods(reckoning: Reckoning, period: DatePeriod, beforeMs: number, count: number): TimeSpan[] {
  const ranges: TimeSpan[] = [];
  let first = getFirstDate(reckoning, period, getBusinessDate(reckoning, beforeMs - 1));
  let end = getDayStart(reckoning, first.add(LENGTHS[period]));
  while (ranges.length < count) {
    const start = getDayStart(reckoning, first);
    // A date that a zone skips (Samoa, 30 December 2011) begins with the next one, and is no row.
    if (start < end) ranges.push({ start, end });
    end = start;
    first = first.subtract(LENGTHS[period]);
  }
  return ranges;
}

/** The moment at which the day of a date begins. */
export function getDayStart({ timeZone, dayStartsAt }: Reckoning, date: Temporal.PlainDate): number {
  return findReading(timeZone, date.toPlainDateTime(dayStartsAt));
}

/** The date on which the day of a moment began. */
export function getBusinessDate(reckoning: Reckoning, atMs: number): Temporal.PlainDate {
  const reading = toReading(reckoning.timeZone, atMs);
  // The reading alone does not decide: a day that has begun stays when the clock goes back behind its start.
  let date = reading.toPlainDate().subtract({ days: 1 });
  let next = date.add(LENGTHS.day);
  while (getDayStart(reckoning, next) <= atMs) {
    date = next;
    next = next.add(LENGTHS.day);
  }
  return date;
}

/** The first date of the day, week, month or year that contains a date. */
export function getFirstDate(reckoning: Reckoning, period: DatePeriod, date: Temporal.PlainDate): Temporal.PlainDate {
  switch (period) {
    case 'day':
      return date;
    case 'week':
      return date.subtract({ days: (date.dayOfWeek + 6 - WEEKDAYS.indexOf(reckoning.weekStartsOn)) % 7 });
    case 'month':
      return date.with({ day: 1 });
    case 'year':
      return date.with({ month: 1, day: 1 });
  }
}
