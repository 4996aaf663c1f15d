/** Carries counters over ledger entries, forwards and back. Pure. */
import type { BookedChange } from '../../counters/counters.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import { DEFINED_REASON } from '../../store/ledger-reasons.js';

/** A counter at a moment. Numbers are whole steps of its scale. */
export interface CounterAt {
  value: bigint;
  /** Totals; 0 for a gauge. */
  added: bigint;
  removed: bigint;
  readonly isGauge: boolean;
}

const ZERO = { value: 0n, added: 0n, removed: 0n };

/** Counters by name. Changes of others are passed over: they no longer exist. */
export type CountersAt = Map<string, CounterAt>;

/**
 * Applies entries, oldest first, in place.
 * @param created counters whose first row is that of these entries. One that an entry creates begins at 0 there: what
 *   older entries say is about another counter of that name
 */
export function applyEntries(
  counters: CountersAt,
  entries: readonly LedgerEntry[],
  created: ReadonlySet<string>,
): void {
  for (const { changes, reason } of entries) {
    for (const change of changes) {
      const counter = counters.get(change.counter);
      if (!counter) continue;
      if (isCreation(change, reason, created)) Object.assign(counter, ZERO);
      else move(counter, 'by' in change ? BigInt(change.by) : BigInt(change.to) - counter.value);
    }
  }
}

/**
 * Takes back entries, oldest first, in place.
 * @param created as in {@link applyEntries}
 * @returns false if an entry of version 0.1 does not tell how far it moved a counter: the counters are then unusable
 */
export function revertEntries(
  counters: CountersAt,
  entries: readonly LedgerEntry[],
  created: ReadonlySet<string>,
): boolean {
  const reverted = new Set<string>();
  for (const { changes, reason } of entries.toReversed()) {
    for (const change of changes.toReversed()) {
      const counter = counters.get(change.counter);
      if (!counter || reverted.has(change.counter)) continue;
      if (isCreation(change, reason, created)) {
        Object.assign(counter, ZERO);
        reverted.add(change.counter);
        continue;
      }
      const moved = getMoved(change);
      if (moved === undefined) return false;
      revert(counter, moved);
    }
  }
  return true;
}

function isCreation(change: BookedChange, reason: string | undefined, created: ReadonlySet<string>): boolean {
  return reason === DEFINED_REASON && 'to' in change && change.to === 0 && created.has(change.counter);
}

function getMoved(change: BookedChange): bigint | undefined {
  if ('by' in change) return BigInt(change.by);
  return change.moved === undefined ? undefined : BigInt(change.moved);
}

function move(counter: CounterAt, moved: bigint): void {
  counter.value += moved;
  if (counter.isGauge) return;
  if (moved > 0n) counter.added += moved;
  else counter.removed -= moved;
}

function revert(counter: CounterAt, moved: bigint): void {
  counter.value -= moved;
  if (counter.isGauge) return;
  if (moved > 0n) counter.added -= moved;
  else counter.removed += moved;
}
