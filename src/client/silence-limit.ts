/** Computes how long a live connection may be silent. */
import { MAX_TIMER_MS } from './retry-delay.js';

/** Limit for a server that does not tell its heartbeat, milliseconds. */
export const DEFAULT_STALE_AFTER_MS = 40_000;
/** Added to a heartbeat, milliseconds: it may be late on a busy machine or a slow network. */
const HEARTBEAT_DELAY_MS = 7_000;

/** Silence after which a heartbeat counts as missed, beyond a heartbeat, milliseconds. */
const MISSED_AFTER_MS = 5_000;

/** Returns the silence that shows on waking up that a connection may be dead, milliseconds. */
export function computeMissedHeartbeatMs(silenceLimitMs: number, heartbeatMs?: number): number {
  return heartbeatMs === undefined ? silenceLimitMs / 2 : Math.min(heartbeatMs + MISSED_AFTER_MS, silenceLimitMs);
}

/**
 * Returns the silence after which a connection counts as dead, milliseconds: one heartbeat and 7 s by default. It is
 * never shorter than that or two heartbeats: otherwise a healthy connection would be replaced again and again.
 * @param heartbeatMs longest silence of the server as it tells it; undefined if it does not
 * @param requestedMs limit that the caller asks for
 */
export function computeSilenceLimitMs(heartbeatMs?: number, requestedMs?: number): number {
  const lateMs = heartbeatMs === undefined ? DEFAULT_STALE_AFTER_MS : heartbeatMs + HEARTBEAT_DELAY_MS;
  const leastMs = heartbeatMs === undefined ? 0 : Math.min(2 * heartbeatMs, lateMs);
  return Math.min(Math.max(requestedMs ?? lateMs, leastMs), MAX_TIMER_MS);
}
