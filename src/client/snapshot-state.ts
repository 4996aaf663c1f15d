/** Applies live messages to a snapshot, and decides whether a snapshot is newer than another. Pure. */
import type { PeriodNumbers, PeriodValues, Snapshot } from '../counters/counters.js';
import type { LiveMessage } from '../protocol/live-messages.js';

type StateMessage = Extract<LiveMessage, { type: 'snapshot' | 'patch' }>;

/**
 * Returns the state of a connection after a message.
 * @param previous state before the message; undefined for a new connection
 * @returns undefined if a patch does not start at the previous revision; only a new snapshot helps then
 */
export function applyMessage(previous: Snapshot | undefined, message: StateMessage): Snapshot | undefined {
  if (message.type === 'snapshot') {
    const { type: _, definition: __, heartbeatMs: ___, ...snapshot } = message;
    return snapshot;
  }
  if (message.from !== previous?.revision) return undefined;
  const { revision, at, counters, added, measures, periods } = message;
  return {
    ...previous,
    revision,
    at,
    counters: { ...previous.counters, ...counters },
    ...(previous.added && { added: { ...previous.added, ...added } }),
    ...(measures && { measures: { ...previous.measures, ...measures } }),
    ...(periods && { periods: applyPeriods(previous.periods, periods) }),
  };
}

function applyPeriods(
  previous: PeriodValues | undefined,
  changed: Readonly<Record<string, PeriodNumbers>>,
): PeriodValues {
  const known: Readonly<Record<string, PeriodNumbers>> = previous ?? {};
  const entries = Object.entries(changed).map(([period, numbers]) => [period, applyPeriod(known[period], numbers)]);
  return { ...previous, ...Object.fromEntries(entries) };
}

/** In a period that has begun, every counter that is not named is at 0. A patch names all measures of it. */
function applyPeriod(previous: PeriodNumbers | undefined, changed: PeriodNumbers): PeriodNumbers {
  if (!previous) return changed;
  const hasBegun = previous.start !== changed.start;
  const added = hasBegun ? toZeros(previous.added) : previous.added;
  const removed = hasBegun ? toZeros(previous.removed) : previous.removed;
  const measures = (previous.measures ?? changed.measures) && { ...previous.measures, ...changed.measures };
  return {
    start: changed.start,
    end: changed.end,
    added: { ...added, ...changed.added },
    removed: { ...removed, ...changed.removed },
    ...(measures && { measures }),
  };
}

function toZeros(numbers: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.keys(numbers).map((name) => [name, 0]));
}

/**
 * True if `next` should replace `current`. Revisions of different epochs do not compare, so a new epoch always wins.
 * Within an epoch revisions only grow: a connection to an instance that lags behind shows nothing until it has caught
 * up. At the same revision a counter may have been deleted, a measure defined, or a period begun.
 */
export function isNewer(next: Snapshot, current: Snapshot | undefined): boolean {
  if (next.epoch !== current?.epoch || next.revision > current.revision) return true;
  return next.revision === current.revision && toComparable(next) !== toComparable(current);
}

function toComparable({ counters, measures, periods }: Snapshot): string {
  return JSON.stringify([counters, measures, periods]);
}

/** True if both are of one epoch, and `next` has a lower revision. */
export function isOlder(next: Snapshot, current: Snapshot | undefined): boolean {
  return next.epoch === current?.epoch && next.revision < current.revision;
}
