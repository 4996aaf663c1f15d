/** Compares a period with an earlier one: finds that period, and the moment in it at the same local reading. */
import type { Temporal } from 'temporal-polyfill';
import type { TimeSpan } from '../counters/counters.js';
import type { CounterDefinition, Period, Reckoning } from '../counters/definition.js';
import { type DatePeriod, getBusinessDate, getDayStart, getFirstDate, getPeriodAt, getPrevious } from './periods.js';
import { findReading, toReading } from './time-zone.js';

type CompareWith = NonNullable<CounterDefinition['compareWith']>;

/** Distance to the compared period. Without an entry, it is the previous period. */
const DISTANCES: Readonly<Record<Period, Partial<Record<CompareWith, Temporal.DurationLike>>>> = {
  hour: { week: { weeks: 1 }, year: { years: 1 } },
  day: { week: { weeks: 1 }, year: { years: 1 } },
  week: { year: { weeks: 52 } },
  month: { year: { years: 1 } },
  year: {},
};

/**
 * The period that `range`, one of the same kind, is compared with.
 *
 * - `previous`: the one before.
 * - `week`: the same local hour or day a week ago. Longer periods: the one before.
 * - `year`: the same local hour or day on that date a year ago, 28 February for the 29th; the week 52 weeks ago, which
 *   has the same weekdays; the same month a year ago; the year before.
 *
 * An hour that comes twice is compared with the first of both. A skipped hour or date is replaced by the next one.
 */
export function getCompared(reckoning: Reckoning, period: Period, range: TimeSpan, compareWith: CompareWith): TimeSpan {
  const distance = DISTANCES[period][compareWith];
  if (distance === undefined) return getPrevious(reckoning, period, range);
  const atMs =
    period === 'hour'
      ? findReading(reckoning.timeZone, toReading(reckoning.timeZone, range.start).subtract(distance))
      : getDayStart(reckoning, getFirstDateAt(reckoning, period, range.start).subtract(distance));
  return getPeriodAt(reckoning, period, atMs);
}

/**
 * The moment within an earlier period at the local reading that `atMs` has within its own: the same minute for hours,
 * time for days, weekday and time for weeks, day of the month and time for months, month, day and time for years. A
 * reading that comes twice counts the first time; where the clock skips it, it is the first moment after; where the
 * date is missing (31st, 29 February), the end of the period.
 * @param earlier a period of the same kind
 * @returns `earlier.start` to `earlier.end`
 */
export function getSameReading(reckoning: Reckoning, period: Period, atMs: number, earlier: TimeSpan): number {
  const reading =
    period === 'hour'
      ? findReadingOfHour(reckoning, atMs, earlier.start)
      : findReadingOfDate(reckoning, period, atMs, earlier.start);
  if (reading === undefined) return earlier.end;
  return Math.min(findReading(reckoning.timeZone, reading, earlier.start), earlier.end);
}

function findReadingOfHour({ timeZone }: Reckoning, atMs: number, earlierMs: number): Temporal.PlainDateTime {
  const { minute, second, millisecond } = toReading(timeZone, atMs);
  return toReading(timeZone, earlierMs).with({ minute, second, millisecond });
}

/** `undefined` if the earlier period has no such date. */
function findReadingOfDate(
  reckoning: Reckoning,
  period: DatePeriod,
  atMs: number,
  earlierMs: number,
): Temporal.PlainDateTime | undefined {
  const reading = toReading(reckoning.timeZone, atMs);
  const businessDate = getBusinessDate(reckoning, atMs);
  const date = findSameDate(reckoning, period, businessDate, getFirstDateAt(reckoning, period, earlierMs));
  // Where days start at 06:00, the reading 02:00 belongs to the date before.
  return date?.add(businessDate.until(reading.toPlainDate())).toPlainDateTime(reading.toPlainTime());
}

/** The date in the period that begins on `first` that has the place of `date` in its own. */
function findSameDate(
  reckoning: Reckoning,
  period: DatePeriod,
  date: Temporal.PlainDate,
  first: Temporal.PlainDate,
): Temporal.PlainDate | undefined {
  switch (period) {
    case 'day':
    case 'week':
      return first.add(getFirstDate(reckoning, period, date).until(date));
    case 'month':
      return date.day <= first.daysInMonth ? first.with({ day: date.day }) : undefined;
    case 'year': {
      const same = date.with({ year: first.year });
      return same.day === date.day ? same : undefined;
    }
  }
}

/** The first date of the period that a moment lies in. */
function getFirstDateAt(reckoning: Reckoning, period: DatePeriod, atMs: number): Temporal.PlainDate {
  return getFirstDate(reckoning, period, getBusinessDate(reckoning, atMs));
}
