/** Reads what the viewer may do on a dashboard, so that nobody learns it by pressing. */
import { type Right, readAccess } from '../../src/client/client.js';
import { computeRetryDelayMs } from '../../src/client/retry-delay.js';
import type { TokenOptions } from './session-token.js';

/** Upper bounds of the random delay before a retry, after a first failure and after any, milliseconds. */
const [INITIAL_RETRY_MS, MAX_RETRY_MS] = [1_000, 60_000];
const MAX_ATTEMPTS = 8;

/**
 * Returns the greatest right of the viewer; `read` if it cannot be learned: the service decides each request anyway.
 */
export async function readRight(
  base: URL,
  dashboard: string,
  tokenOptions: TokenOptions,
  signal: AbortSignal,
): Promise<Right> {
  for (let failures = 0; failures < MAX_ATTEMPTS && !signal.aborted; failures += 1) {
    try {
      return (await readAccess(base, { dashboard, signal, ...tokenOptions })).right;
    } catch {
      const delayMs = computeRetryDelayMs(failures, INITIAL_RETRY_MS, MAX_RETRY_MS);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
  return 'read';
}
