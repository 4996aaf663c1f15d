/** Decides whether and when to retry a request. */
import { computeBackoffMs } from '../retry/retry.js';
import { UnavailableError } from './errors.js';

/** Upper bounds of the random delay before the first retry of a request, and before any retry, milliseconds. */
const INITIAL_RETRY_DELAY_MS = 250;
const MAX_RETRY_DELAY_MS = 5_000;

/** True if a request that got this status may succeed later. */
export function isTransientStatus(status: number): boolean {
  return status < 400 || status >= 500 || status === 408 || status === 425 || status === 429;
}

/** Parses `Retry-After`, seconds or a date (RFC 9110, 10.2.3), to milliseconds. */
export function readRetryAfterMs({ headers }: Response): number | undefined {
  const text = headers.get('retry-after');
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return ms >= 0 ? ms : undefined;
}

/** Longest delay of a timer, milliseconds; a timer with a longer one fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Computes the delay before the next attempt, milliseconds: `Retry-After` plus a random delay (full jitter) whose upper
 * bound doubles with each failure, from `initialMs` to `maxMs`. Without jitter all clients of a server would return at
 * the same moment.
 * @param failures consecutive failures before the latest one
 */
export function computeRetryDelayMs(failures: number, initialMs: number, maxMs: number, retryAfterMs = 0): number {
  return Math.min(retryAfterMs + Math.random() * computeBackoffMs(failures, initialMs, maxMs), MAX_TIMER_MS);
}

/** Computes the delay before a request is sent again, milliseconds; undefined if it was refused. */
export function computeRequestRetryDelayMs(error: unknown, failures: number): number | undefined {
  if (!(error instanceof UnavailableError)) return undefined;
  return computeRetryDelayMs(failures, INITIAL_RETRY_DELAY_MS, MAX_RETRY_DELAY_MS, error.retryAfterMs);
}
