/** How fresh the numbers are, in words. Pure. */
import { isAuthError } from '../../src/client/errors.js';
import type { WatchStatus } from '../../src/client/client.js';
import { explainWatchStatus } from '../../src/client/watch-status.js';
import { formatDuration } from './formatting.js';

/** What stands beside the title: `live`, `stale 12 s`, `reconnecting in 3 s`, `degraded 40 s`. @param nowMs by the clock of this side */
export function formatStatus(status: WatchStatus, nowMs: number): string {
  switch (status.state) {
    case 'reconnecting': {
      const inMs = status.at - nowMs;
      return inMs > 0 ? `reconnecting in ${Math.ceil(inMs / 1_000)} s` : 'reconnecting …';
    }
    case 'stale':
    case 'degraded':
      return `${status.state} ${formatDuration(nowMs - status.since)}`;
    case 'closed':
      return isAuthError(status.problem, status.code) ? 'needs a token' : status.state;
    default:
      return status.state;
  }
}

/** What there is to know beyond that; empty when there is nothing. */
export function explainStatus(status: WatchStatus, nowMs: number): string {
  const reason = explainWatchStatus(status);
  if (status.state === 'reconnecting')
    return `${reason}; these numbers are ${formatDuration(nowMs - status.since)} old`;
  // What is asked for says it.
  return status.state === 'closed' && isAuthError(status.problem, status.code) ? '' : reason;
}
