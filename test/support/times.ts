/** Units of time in milliseconds, and starts of minutes and hours in the past. */
export const [SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS] = [1_000, 60_000, 3_600_000, 86_400_000] as const;

const nowMs = Date.now();

/** Start of the minute that lies so many minutes before the test file was loaded. */
export function getMinuteStart(minutesAgo: number): number {
  return nowMs - (nowMs % MINUTE_MS) - minutesAgo * MINUTE_MS;
}

/** Start of the hour that lies so many hours before the test file was loaded. */
export function getHourStart(hoursAgo: number): number {
  return nowMs - (nowMs % HOUR_MS) - hoursAgo * HOUR_MS;
}
