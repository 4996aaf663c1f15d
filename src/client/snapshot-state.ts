/** Applies live messages to a snapshot, and decides whether a snapshot is newer than another. Pure. */
import type { Snapshot } from '../counters/counters.js';
import type { LiveMessage } from '../protocol/live-messages.js';

type StateMessage = Extract<LiveMessage, { type: 'snapshot' | 'patch' }>;

/**
 * Returns the state of a connection after a message.
 * @param previous state before the message; undefined for a new connection
 * @returns undefined if a patch does not start at the previous revision; only a new snapshot helps then
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
 * True if `next` should replace `current`. Revisions of different epochs do not compare, so a new epoch always wins.
 * Within an epoch revisions only grow: a connection to an instance that lags behind shows nothing until it has caught
 * up. At the same revision a counter may have been deleted.
 */
export function isNewer(next: Snapshot, current: Snapshot | undefined): boolean {
  if (next.epoch !== current?.epoch || next.revision > current.revision) return true;
  return next.revision === current.revision && JSON.stringify(next.counters) !== JSON.stringify(current.counters);
}

/** True if both are of one epoch, and `next` has a lower revision. */
export function isOlder(next: Snapshot, current: Snapshot | undefined): boolean {
  return next.epoch === current?.epoch && next.revision < current.revision;
}
