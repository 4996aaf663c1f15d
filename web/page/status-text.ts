/** Describes the freshness of the values in words. Pure. */
import { isAuthError } from '../../src/client/errors.js';
import type { WatchStatus } from '../../src/client/client.js';
import { explainWatchStatus } from '../../src/client/watch-status.js';
import { formatDuration } from './formatting.js';

/**
 * Formats the status: `Live`, `Stale 12 s`, `Reconnecting in 3 s`, `Degraded 40 s`.
 * @param nowMs time by the browser's clock
 */
export function formatStatus(status: WatchStatus, nowMs: number): string {
  switch (status.state) {
    case 'reconnecting': {
      const inMs = status.at - nowMs;
      return inMs > 0 ? `Reconnecting in ${Math.ceil(inMs / 1_000)} s` : 'Reconnecting…';
    }
    case 'stale':
      return `Stale ${formatDuration(nowMs - status.since)}`;
    case 'degraded':
      return `Degraded ${formatDuration(nowMs - status.since)}`;
    case 'closed':
      return isAuthError(status.problem, status.code) ? 'Token required' : 'Closed';
    case 'live':
      return 'Live';
    case 'connecting':
      return 'Connecting';
  }
}

export function explainStatus(status: WatchStatus, nowMs: number): string {
  const reason = explainWatchStatus(status);
  if (status.state === 'reconnecting')
    return `${reason}; these numbers are ${formatDuration(nowMs - status.since)} old`;
  // The sign-in form explains it.
  return status.state === 'closed' && isAuthError(status.problem, status.code) ? '' : reason;
}
