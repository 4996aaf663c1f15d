/** When a failed notification is sent again. */
import { getRetryDelay, RETRY_DELAYS_MS } from './retry-schedule.js';

describe('a notification that failed', () => {
  it('is sent again after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h, and then given up', () => {
    const delays = Array.from({ length: 10 }, (_, index) => getRetryDelay(index + 1, () => 0.5));
    const hours = [2, 5, 10, 14, 20, 24].map((hour) => hour * 3_600_000);
    expect(delays).toEqual([5_000, 300_000, 1_800_000, ...hours, undefined]);
    expect(RETRY_DELAYS_MS).toEqual(delays.slice(0, -1));
  });

  it('waits up to a tenth less or more, so that the receiver does not get all at once', () => {
    expect([0, 0.25, 1].map((chance) => getRetryDelay(2, () => chance))).toEqual([270_000, 285_000, 330_000]);
    const delayMs = getRetryDelay(1) ?? 0;
    expect(Math.abs(delayMs - 5_000)).toBeLessThanOrEqual(500);
  });
});
