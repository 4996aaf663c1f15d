/** Time units in milliseconds, and past minute and hour boundaries. */
export const [SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS] = [1_000, 60_000, 3_600_000, 86_400_000] as const;

const nowMs = Date.now();

/** Returns the start of the minute `minutesAgo` minutes before the test file was loaded, in Unix milliseconds. */
export function getMinuteStart(minutesAgo: number): number {
  return nowMs - (nowMs % MINUTE_MS) - minutesAgo * MINUTE_MS;
}

/** Returns the start of the hour `hoursAgo` hours before the test file was loaded, in Unix milliseconds. */
export function getHourStart(hoursAgo: number): number {
  return nowMs - (nowMs % HOUR_MS) - hoursAgo * HOUR_MS;
}
