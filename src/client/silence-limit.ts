/** Computes how long a live connection may be silent. */
import { MAX_TIMER_MS } from './retry-delay.js';

/** Limit for a server that does not tell its heartbeat, milliseconds. */
export const DEFAULT_STALE_AFTER_MS = 40_000;
/** Added to two heartbeats, milliseconds: a heartbeat may be late on a busy machine or a slow network. */
const HEARTBEAT_DELAY_MS = 10_000;

/**
 * Returns the silence after which a connection counts as dead, milliseconds. It is never shorter than two heartbeats:
 * otherwise a healthy connection would be replaced again and again.
 * @param heartbeatMs longest silence of the server as it tells it; undefined if it does not
 * @param requestedMs limit that the caller asks for
 */
export function computeSilenceLimitMs(heartbeatMs?: number, requestedMs?: number): number {
  const twoHeartbeatsMs = 2 * (heartbeatMs ?? 0);
  const defaultMs = heartbeatMs === undefined ? DEFAULT_STALE_AFTER_MS : twoHeartbeatsMs + HEARTBEAT_DELAY_MS;
  return Math.min(Math.max(requestedMs ?? defaultMs, twoHeartbeatsMs), MAX_TIMER_MS);
}
