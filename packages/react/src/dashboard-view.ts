/** The state of a dashboard as hooks show it, with own changes that the service has not confirmed. Pure. */
import type { DashboardDefinition, PeriodNumbers, PeriodValues, Snapshot, WatchStatus } from '@tallyboard/client';
import { getShownValue, type PendingChanges } from '../../../src/client/pending-changes.js';
import { findNumber } from '../../../src/measures/shown-number.js';

/** A dashboard as hooks see it. A new object for each change of it. */
export interface DashboardView {
  /** Freshness of the numbers: `connecting` while they are only those that a server has rendered, or none. */
  readonly status: WatchStatus;
  /**
   * The newest state, with own changes that are not confirmed yet. Undefined until it is known. Numbers are integers of
   * the smallest unit, those of measures decimals.
   */
  readonly snapshot: Snapshot | undefined;
  /** Titles, units and scales of the numbers, where a hook asks for them. Undefined until they have been read. */
  readonly definition: DashboardDefinition | undefined;
  /** Names of the counters with own changes that have no response yet. */
  readonly pendingCounters: ReadonlySet<string>;
}

/** Own changes of each counter. */
export type PendingByCounter = ReadonlyMap<string, PendingChanges>;

/** Adds own changes to a snapshot: to the values, and to the numbers of the present periods. */
export function applyPendingChanges(snapshot: Snapshot, pending: PendingByCounter): Snapshot {
  const offsets = new Map<string, number>();
  for (const [name, changes] of pending) {
    const total = findNumber(snapshot, name);
    const offset = typeof total === 'number' ? getShownValue(total, snapshot.revision, changes) - total : 0;
    if (offset !== 0) offsets.set(name, offset);
  }
  if (offsets.size === 0) return snapshot;
  const { counters, periods } = snapshot;
  return {
    ...snapshot,
    counters: addOffsets(counters, offsets),
    ...(periods && { periods: addToPeriods(periods, offsets) }),
  };
}

type Numbers = Readonly<Record<string, number>>;

/** Adds offsets to the numbers that exist: a gauge has none of a period. */
function addOffsets(numbers: Numbers, offsets: ReadonlyMap<string, number>): Numbers {
  const entries = Object.entries(numbers).map(([name, number]) => [name, number + (offsets.get(name) ?? 0)] as const);
  return Object.fromEntries(entries);
}

function addToPeriods(periods: PeriodValues, offsets: ReadonlyMap<string, number>): PeriodValues {
  const added = new Map([...offsets].filter(([, offset]) => offset > 0));
  const removed = new Map([...offsets].flatMap(([name, offset]) => (offset < 0 ? [[name, -offset] as const] : [])));
  const move = (numbers: PeriodNumbers): PeriodNumbers => ({
    ...numbers,
    added: addOffsets(numbers.added, added),
    removed: addOffsets(numbers.removed, removed),
  });
  const known: Readonly<Record<string, PeriodNumbers>> = periods;
  return Object.fromEntries(Object.entries(known).map(([period, numbers]) => [period, move(numbers)]));
}
