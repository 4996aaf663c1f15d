/** When a failed request may be sent again. */

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

/**
 * How long to wait before trying again, milliseconds: what the server asked for, and a random part, which grows from failure to
 * failure. Without it, all clients of a server that went away would come back at once.
 */
export function computeRetryDelayMs(failures: number, initialMs: number, maxMs: number, retryAfterMs = 0): number {
  return Math.min(retryAfterMs + Math.random() * Math.min(initialMs * 2 ** failures, maxMs), MAX_TIMER_MS);
}
