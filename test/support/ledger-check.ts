/**
 * Compares the ledger with the responses that clients received: each acknowledged change set is in it exactly once, and
 * it holds nothing else.
 */
import type { Change, Outcome, Snapshot } from '../../src/counters/counters.js';
import type { LedgerEntry } from '../../src/counters/ledger-entry.js';

/** A change set that a client sent, and its result. */
export interface SentChangeSet {
  /** Idempotency key, or the reason in the ledger for a change set without a key. */
  readonly id: string;
  readonly changes: readonly Change[];
  readonly isKeyed: boolean;
  /**
   * `pending`: still retried. `counted` and `refused`: acknowledged. `unknown`: sent without a key, and it failed in a
   * way that leaves open whether it was applied. `not-counted`: the response says that it was not, or was unexpected.
   */
  state: 'pending' | 'counted' | 'refused' | 'unknown' | 'not-counted';
  outcome?: Outcome;
  /** URL of the instance that acknowledged it. */
  acknowledgedBy?: string;
}

/** Change sets that the clients send: they add more than they remove, and some are refused at zero. */
export const CHANGE_SETS: readonly (readonly Change[])[] = [
  [{ counter: 'orders', by: 1 }],
  [
    { counter: 'customers', by: 1 },
    { counter: 'orders', by: 1 },
  ],
  [{ counter: 'products', by: -1 }],
  [{ counter: 'orders', by: -1 }],
  [
    { counter: 'products', by: 1 },
    { counter: 'customers', by: -1 },
  ],
  [{ counter: 'customers', by: 1 }],
  [
    { counter: 'orders', by: 2 },
    { counter: 'products', by: -1 },
  ],
];

/** Permitted number of ledger entries per state. A change set must not stay `pending`: no number satisfies [0, -1]. */
const ALLOWED_OCCURRENCES: Readonly<Record<SentChangeSet['state'], readonly [min: number, max: number]>> = {
  counted: [1, 1],
  refused: [0, 0],
  'not-counted': [0, 0],
  unknown: [0, 1],
  pending: [0, -1],
};

/** State before the first entry of a ledger. */
export type LedgerStart = Pick<Snapshot, 'revision' | 'counters'>;

/**
 * Applies the entries of a ledger.
 * @returns the final values, and faults: gaps, negative values, time going backwards
 */
function replay(
  ledger: readonly LedgerEntry[],
  start: LedgerStart,
): { values: Record<string, number>; faults: string[] } {
  const values: Record<string, number> = { ...start.counters };
  const faults: string[] = [];
  let [revision, lastAt] = [start.revision, 0];
  for (const { revision: next, at, changes } of ledger) {
    if (next !== revision + 1) faults.push(`revision ${next} after ${revision}`);
    if (at < lastAt) faults.push(`revision ${next} is of ${at}, and the one before of ${lastAt}`);
    [revision, lastAt] = [next, at];
    for (const change of changes) {
      const value = 'by' in change ? (values[change.counter] ?? 0) + change.by : change.to;
      values[change.counter] = value;
      if (value < 0) faults.push(`${change.counter} is ${value} at revision ${revision}`);
    }
  }
  return { values, faults };
}

/**
 * Checks a ledger against the change sets of the clients and the final snapshot.
 * @returns one line per contradiction; empty if all agree
 */
export function findLedgerFaults(
  sent: readonly SentChangeSet[],
  ledger: readonly LedgerEntry[],
  start: LedgerStart,
  { revision, counters }: Snapshot,
): string[] {
  const { values, faults } = replay(ledger, start);
  const entries = new Map<string, LedgerEntry[]>();
  for (const entry of ledger) {
    const id = entry.key ?? entry.reason ?? '';
    entries.set(id, [...(entries.get(id) ?? []), entry]);
  }
  for (const { id, state, outcome } of sent) {
    const found = entries.get(id) ?? [];
    entries.delete(id);
    const [min, max] = ALLOWED_OCCURRENCES[state];
    if (found.length < min || found.length > max) faults.push(`${state} is ${found.length} times in the ledger`);
    if (outcome && (outcome.revision !== found[0]?.revision || outcome.at !== found[0].at)) {
      faults.push(`acknowledged as ${JSON.stringify(outcome)}, and kept as ${JSON.stringify(found[0])}`);
    }
  }
  for (const id of entries.keys()) if (id !== 'defined') faults.push(`${id} was never sent`);
  if (revision !== (ledger.at(-1)?.revision ?? start.revision)) faults.push(`revision ${revision} is shown`);
  for (const [counter, value] of Object.entries(counters)) {
    if (value !== (values[counter] ?? 0)) faults.push(`${counter} is ${values[counter]}, and shown as ${value}`);
  }
  return faults;
}
