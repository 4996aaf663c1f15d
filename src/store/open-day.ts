/** The day of a dashboard that changes are booked in. */
import type { Dashboard, TimeSpan } from '../counters/counters.js';
import type { Reckoning } from '../counters/definition.js';
import { DayCalendar } from '../measures/day-calendar.js';
import { getPeriodAt } from '../measures/periods.js';

/** Shared by all dashboards of a thread: thousands begin a day together, and most of them divide time alike. */
const CALENDAR = new DayCalendar();

/** Returns the day of a change at `atMs`: the one of the change before, until it has ended. */
export function findDay({ day }: Pick<Dashboard, 'day'>, reckoning: Reckoning, atMs: number): TimeSpan {
  return day && atMs >= day.start && atMs < day.end ? day : CALENDAR.getDay(reckoning, atMs);
}

/**
 * Returns the day that is open at `nowMs` after the days of a dashboard have changed: it keeps its start, since its
 * rows are written, and ends with the first start of a new day after now.
 */
export function endDay({ day }: Pick<Dashboard, 'day'>, next: Reckoning, nowMs: number): TimeSpan | undefined {
  if (!day || nowMs < day.start || nowMs >= day.end) return undefined;
  return { start: day.start, end: getPeriodAt(next, 'day', nowMs).end };
}
