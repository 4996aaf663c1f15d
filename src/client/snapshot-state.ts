/** What one connection has shown so far, and what of it is news: the newest wins. Pure. */
import type { Snapshot } from '../counters/counters.js';
import type { LiveMessage } from '../protocol/live-messages.js';

/** The messages that carry counters. */
type StateMessage = Extract<LiveMessage, { type: 'snapshot' | 'patch' }>;

/**
 * Where a connection is after a message.
 * @param previous where it was; nowhere yet, when it is new
 * @returns undefined for a patch from elsewhere: only a new snapshot helps then
 */
export function applyMessage(previous: Snapshot | undefined, message: StateMessage): Snapshot | undefined {
  if (message.type === 'snapshot') {
    const { dashboard, epoch, revision, at, counters, added } = message;
    return { dashboard, epoch, revision, at, counters, ...(added && { added }) };
  }
  if (message.from !== previous?.revision) return undefined;
  const { revision, at, counters, added } = message;
  const next = { ...previous, revision, at, counters: { ...previous.counters, ...counters } };
  return previous.added ? { ...next, added: { ...previous.added, ...added } } : next;
}

/**
 * Whether a state is to be shown in place of another. Another epoch is another history. Within one, revisions only grow: a
 * connection to an instance that lags behind shows nothing until it has caught up. At the same revision, counters may have gone.
 */
export function isNewer(next: Snapshot, current: Snapshot | undefined): boolean {
  if (next.epoch !== current?.epoch || next.revision > current.revision) return true;
  return next.revision === current.revision && JSON.stringify(next.counters) !== JSON.stringify(current.counters);
}
