/** Runs operations that are safe to repeat: the command line's, and those of a past that is being booked. */
import { errorMessage } from '../../counters/errors.js';
import { retry } from '../../retry/retry.js';
import { createStoreUnavailableError } from '../in-process/decide.js';
import { withTimeout } from '../with-timeout.js';
import type { RedisConnection } from './connection.js';
import { isTransient } from './redis-errors.js';

/** Delay before an operation is repeated, milliseconds. */
const REPEAT_DELAY_MS = 100;

/**
 * Runs an operation, and repeats it after transient errors until the timeout.
 * @param operation safe to repeat
 * @throws TallyError `store-unavailable`, or the error reply of Redis
 */
export async function callRepeatedly<T>(
  connection: RedisConnection,
  timeoutMs: number,
  operation: (client: RedisConnection['commands']) => Promise<T>,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  try {
    return await retry(
      () => withTimeout(operation(connection.commands), deadlineMs - performance.now()),
      (error) => (isTransient(error) ? REPEAT_DELAY_MS : undefined),
      deadlineMs,
    );
  } catch (error) {
    if (!isTransient(error)) throw error;
    throw createStoreUnavailableError(`Redis did not answer (${errorMessage(error)})`);
  }
}
