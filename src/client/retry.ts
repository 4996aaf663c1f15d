/** When a failed request may be sent again. */
import { computeBackoffMs } from '../retry/retry.js';
import { UnavailableError } from './errors.js';

/** Longest random part of the pause before the first retry of a request, and before any, milliseconds. */
const INITIAL_RETRY_DELAY_MS = 250;
const MAX_RETRY_DELAY_MS = 5_000;

/** Whether the same request can meet another answer later: the fault is not the request's. */
export function isTransientStatus(status: number): boolean {
  return status < 400 || status >= 500 || status === 408 || status === 425 || status === 429;
}

/** What `Retry-After` asks for: seconds or a date (RFC 9110, 10.2.3), here in milliseconds. */
export function readRetryAfterMs({ headers }: Response): number | undefined {
  const text = headers.get('retry-after');
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return ms >= 0 ? ms : undefined;
}

/** The longest time that a timer can wait; it fires at once when asked for more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How long to wait before trying again, milliseconds: what the server asked for, and a random part. */
export function computeRetryDelayMs(failures: number, initialMs: number, maxMs: number, retryAfterMs = 0): number {
  return Math.min(retryAfterMs + Math.random() * computeBackoffMs(failures, initialMs, maxMs), MAX_TIMER_MS);
}

/** How long to wait before a request is sent again, milliseconds; undefined when it was refused. */
export function computeRequestRetryDelayMs(error: unknown, failures: number): number | undefined {
  if (!(error instanceof UnavailableError)) return undefined;
  return computeRetryDelayMs(failures, INITIAL_RETRY_DELAY_MS, MAX_RETRY_DELAY_MS, error.retryAfterMs);
}
