/** What one connection has shown so far, and what of it is news: the newest wins. Pure. */
import type { Snapshot } from '../counters/counters.js';
import type { LiveMessage } from '../protocol/live-messages.js';

/** The messages that carry counters. */
type Sighted = Extract<LiveMessage, { type: 'snapshot' | 'patch' }>;

/**
 * Where a connection is after a message.
 * @param last where it was; nowhere yet, when it is new
 * @returns undefined for a patch from elsewhere: only a new snapshot helps then
 */
export function follow(last: Snapshot | undefined, message: Sighted): Snapshot | undefined {
  if (message.type === 'snapshot') {
    const { dashboard, epoch, revision, at, counters, added } = message;
    return { dashboard, epoch, revision, at, counters, ...(added && { added }) };
  }
  if (message.from !== last?.revision) return undefined;
  const { revision, at, counters, added } = message;
  const next = { ...last, revision, at, counters: { ...last.counters, ...counters } };
  return last.added ? { ...next, added: { ...last.added, ...added } } : next;
}

/**
 * Whether a state is to be shown in place of another. Another epoch is another history. Within one, revisions only grow: a
 * connection to an instance that lags behind shows nothing until it has caught up. At the same revision, counters may have gone.
 */
export function isNews(next: Snapshot, shown: Snapshot | undefined): boolean {
  if (next.epoch !== shown?.epoch || next.revision > shown.revision) return true;
  return next.revision === shown.revision && JSON.stringify(next.counters) !== JSON.stringify(shown.counters);
}
