/** Resolves the time zone, day start and week start of a dashboard, with defaults for what its settings leave out. */
import type { DashboardSettings, Reckoning } from '../counters/definition.js';

export const DEFAULT_RECKONING: Reckoning = { timeZone: 'UTC', dayStartsAt: '00:00', weekStartsOn: 'monday' };

/** @param timeZone the zone of dashboards that name none */
export function resolveReckoning(
  { timeZone: ownZone, dayStartsAt, weekStartsOn }: DashboardSettings,
  timeZone: string,
): Reckoning {
  return {
    timeZone: ownZone ?? timeZone,
    dayStartsAt: dayStartsAt ?? DEFAULT_RECKONING.dayStartsAt,
    weekStartsOn: weekStartsOn ?? DEFAULT_RECKONING.weekStartsOn,
  };
}

/** True if the days of both begin and end at the same moments. */
export function haveSameDays(a: Reckoning, b: Reckoning): boolean {
  return a.timeZone === b.timeZone && a.dayStartsAt === b.dayStartsAt;
}

/** True if all periods of both begin and end at the same moments. */
export function haveSamePeriods(a: Reckoning, b: Reckoning): boolean {
  return haveSameDays(a, b) && a.weekStartsOn === b.weekStartsOn;
}
