/** Retries with backoff. Uses neither Node nor packages, so that it runs in browsers too. */

/**
 * Calls `attempt` until it succeeds.
 * @param computeDelayMs returns the delay before the next attempt, milliseconds, or undefined for a permanent error;
 *   `failures` is the number of attempts that failed before this one
 * @param deadlineMs no attempt begins after this `performance.now()` time
 * @param signal ends the delay between two attempts
 * @throws the error of the last attempt, or the reason of `signal`
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  computeDelayMs: (error: unknown, failures: number) => number | undefined,
  deadlineMs = Infinity,
  signal?: AbortSignal,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      const delayMs = computeDelayMs(error, failures);
      if (delayMs === undefined || performance.now() + delayMs > deadlineMs) throw error;
      await pause(delayMs, signal);
    }
  }
}

/** Resolves after a delay, or at once when `signal` aborts. */
export function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, delayMs);
    signal?.addEventListener('abort', wake);
  });
}

/**
 * Returns the longest delay after a number of failures; it doubles with each. Callers multiply it by a random factor:
 * without one, all clients of a server that went away would return at the same moment.
 */
export function computeBackoffMs(failures: number, initialMs: number, maxMs: number): number {
  return Math.min(initialMs * 2 ** failures, maxMs);
}
