/** Repeats an operation that may succeed later. Runs in browsers too. */

/**
 * Calls `attempt` until it succeeds.
 * @param computeDelayMs returns how many milliseconds to wait before the next attempt, or undefined if there is no use in
 *   one; `failures` counts the attempts that failed before this one
 * @param deadlineMs no attempt begins after this time, as `performance.now()` measures it
 * @param signal ends the waiting between two attempts
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
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, delayMs);
        signal?.addEventListener('abort', wake);
      });
    }
  }
}

/**
 * Returns the longest delay after so many failures: it doubles with each of them. Callers multiply it by a random factor;
 * without one, all clients of a server that went away would come back at once.
 */
export function computeBackoffMs(failures: number, initialMs: number, maxMs: number): number {
  return Math.min(initialMs * 2 ** failures, maxMs);
}
