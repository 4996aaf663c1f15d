/** Words of the activity: amounts, senders, times and days. */
import type { LedgerEntry, DashboardDefinition } from '../../src/client/client.js';
import { formatNumber } from '../../src/measures/format.js';
import { getReading, NO_NUMBER } from '../../src/measures/shown-number.js';
import { locale, words } from '../words/locale.js';
import { formatTime, HOUR_MS } from '../words/times.js';
import type { ActivityRow, RowChange } from './activity-rows.js';
import { getHourSpan } from './time-spans.js';

/** Writes an amount with its sign and currency; the unit is left out. */
export function formatAmount(definition: DashboardDefinition, { counter, by, to }: RowChange): string {
  const { unit: _, ...reading } = getReading(definition, counter);
  if (by !== undefined) return formatNumber(by, reading, locale.value, { signed: true });
  return to === undefined ? NO_NUMBER : formatNumber(to, reading, locale.value);
}

/** Writes a value that was set, without its unit. */
export function formatValue(definition: DashboardDefinition, counter: string, value: number): string {
  const { unit: _, ...reading } = getReading(definition, counter);
  return formatNumber(value, reading, locale.value);
}

export function formatCount(count: number): string {
  return formatNumber(count, { scale: 0 }, locale.value);
}

/** Writes the time of a row: a moment, to the second in the running hour; or a minute or an hour that was folded. */
export function formatRowTime(
  { start, end }: Pick<ActivityRow, 'start' | 'end'>,
  now: number,
  timeZone: string,
): string {
  if (start === end) {
    const isRecent = start >= getHourSpan(now, timeZone).start;
    return formatTime(start, isRecent ? 'seconds' : 'time', timeZone);
  }
  const from = formatTime(start, 'time', timeZone);
  // The end is not part of the row: a minute is one time.
  return formatTime(end - 1, 'time', timeZone) === from
    ? from
    : words.value.activity.between(from, formatTime(end, 'time', timeZone));
}

/** Writes the day of a moment: today, yesterday, or a date. */
export function formatDay(ms: number, now: number, timeZone: string): string {
  const { activity } = words.value;
  const toDate = (one: number): string => formatTime(one, 'dateOfYear', timeZone);
  const [day, today] = [toDate(ms), toDate(now)];
  if (day === today) return activity.today;
  // Days have 23 to 25 hours, so that one of these lies in the day before, and the first that is not today.
  const yesterday = [24, 26, 48].map((hours) => toDate(now - hours * HOUR_MS)).find((date) => date !== today);
  if (day === yesterday) return activity.yesterday;
  return formatTime(ms, 'day', timeZone);
}

/** Says what an entry undoes, by the time of that entry if it is known. */
export function describeUndo(undone: LedgerEntry | undefined, timeZone: string): string {
  const { activity } = words.value;
  return undone ? activity.undoOf(formatTime(undone.at, 'time', timeZone)) : activity.undoOfEarlier;
}
