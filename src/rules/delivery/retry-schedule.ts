/** When a notification that failed is sent again, and when it is given up. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Delays after each failure, about 75 hours together: a receiver may be down from Friday to Monday. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** Largest deviation from a delay. It spreads the notifications that one outage of a receiver has held up. */
const JITTER = 0.1;

/**
 * Returns the delay before the next attempt, in milliseconds. Undefined: give up.
 * @param failures failed attempts so far, at least 1
 * @param random a number from 0 to 1, which replaces chance in tests
 */
export function getRetryDelay(failures: number, random: () => number = Math.random): number | undefined {
  const delayMs = RETRY_DELAYS_MS[failures - 1];
  return delayMs === undefined ? undefined : Math.round(delayMs * (1 + JITTER * (2 * random() - 1)));
}
