/** The counting rule: applies change sets to the counters of a dashboard. Pure; time is an argument. */
import type { Refusal } from './errors.js';

/** Largest value of a counter, 2^53 - 1: the largest integer that every JSON parser keeps exactly (RFC 8259, 6). */
export const MAX_VALUE = Number.MAX_SAFE_INTEGER;
/** Largest total, 2^63 - 1: fits a 64-bit column and Redis HINCRBY. A value can fill and drain 1,024 times. */
export const MAX_TOTAL = 2n ** 63n - 1n;
/** Largest amount of one `by` change, either way. */
export const MAX_AMOUNT = 1_000_000_000;
/** Largest number of changes in one change set. */
export const MAX_CHANGES = 1_000;
/** Valid names of dashboards and counters. */
export const NAME_PATTERN = /^[a-z][a-z0-9_-]{0,63}$/;
/**
 * Text that every store returns unchanged. SQLite truncates text at a NUL. Half of a surrogate pair has no UTF-8
 * encoding: libsql writes it all the same, and crashes the process when it reads it.
 */
export const TEXT_PATTERN = /^[^\0\ud800-\udfff]*$/u;

/** Declared properties of a counter. */
export interface CounterDefinition {
  /** Display name, for example `Orders`. */
  readonly title?: string;
  /** Singular of the counted thing, for example `order`. Used in messages. */
  readonly unit?: string;
}

/** Totals of a counter since it was created. */
export interface CounterTotals {
  /** Sum of all additions; never decreases. */
  readonly added: bigint;
  /** Sum of all removals; never decreases. */
  readonly removed: bigint;
}

/** A counter: `value = added - removed`, from 0 to {@link MAX_VALUE}. */
export interface Counter extends CounterDefinition, CounterTotals {
  readonly value: number;
}

/**
 * One change of one counter: `by` adds or subtracts (1 to {@link MAX_AMOUNT} either way), `to` sets a counted value
 * (0 to {@link MAX_VALUE}).
 */
export type Change =
  { readonly counter: string; readonly by: number } | { readonly counter: string; readonly to: number };

/** One or more changes of one dashboard, applied in order, all or none. */
export interface ChangeSet {
  readonly dashboard: string;
  readonly changes: readonly Change[];
  /** Idempotency key: a retry with the same key does not count again. */
  readonly key?: string;
  /** Reason of the change, for the ledger. */
  readonly reason?: string;
  /** Name of the actor, for the ledger. */
  readonly who?: string;
}

/** Current state of one dashboard. */
export interface Dashboard {
  readonly name: string;
  readonly title?: string;
  /** Random id created with the data. Revisions of different epochs cannot be compared. */
  readonly epoch: string;
  /** Number of change sets applied. */
  readonly revision: number;
  /** Time of the last change set, milliseconds since the Unix epoch; never goes back within an epoch. */
  readonly at: number;
  readonly counters: ReadonlyMap<string, Counter>;
}

/** Complete public state of a dashboard. */
export interface Snapshot {
  readonly dashboard: string;
  readonly epoch: string;
  readonly revision: number;
  readonly at: number;
  readonly counters: Readonly<Record<string, number>>;
  /** Sum of all additions per counter, if totals are requested: exact up to 2^53, then the nearest double. */
  readonly added?: Readonly<Record<string, number>>;
}

/** Result of a change set, as returned to the caller. */
export interface Outcome {
  readonly dashboard: string;
  readonly revision: number;
  readonly at: number;
  /** New values of the changed counters. */
  readonly counters: Readonly<Record<string, number>>;
  /** True if the change set was applied earlier, under the same idempotency key. */
  readonly replayed: boolean;
}

/** Outcome of a change set that was applied now, with the totals that viewers may show. */
export interface FreshOutcome extends Outcome {
  readonly replayed: false;
  /** Sum of all additions to the changed counters: exact up to 2^53, then the nearest double. */
  readonly added: Readonly<Record<string, number>>;
}

/** Stored outcome of an earlier change set. Has no totals: viewers have already received this state or a later one. */
export interface ReplayedOutcome extends Outcome {
  readonly replayed: true;
}

/** Result of applying one change set, before anything is stored. */
export interface AppliedChangeSet {
  readonly revision: number;
  readonly at: number;
  /** The changed counters, after the change set. */
  readonly counters: ReadonlyMap<string, Counter>;
  /** The same counters, before the change set. */
  readonly previous: ReadonlyMap<string, Counter>;
}

export function isRefusal(result: AppliedChangeSet | Refusal): result is Refusal {
  return 'code' in result;
}

/**
 * Applies a change set to a dashboard: all changes in order, or none.
 * Modifies nothing in place. The cost grows with the number of changes, not with the size of the dashboard.
 * @param nowMs milliseconds since the Unix epoch. The result's `at` is never before the dashboard's.
 * @returns the new counters, or the reason why the change set is refused
 */
export function applyChanges(
  dashboard: Dashboard,
  changes: readonly Change[],
  nowMs: number,
): AppliedChangeSet | Refusal {
  const touched = new Map<string, Counter>();
  const previous = new Map<string, Counter>();
  for (const change of changes) {
    let counter = touched.get(change.counter);
    if (!counter) {
      counter = dashboard.counters.get(change.counter);
      if (!counter) return refuseUnknownCounter(dashboard.name, change.counter);
      previous.set(change.counter, counter);
    }
    const by = 'by' in change ? change.by : change.to - counter.value;
    const value = counter.value + by;
    if (value < 0) return refuseRemoval(change.counter, counter, -by);
    if (value > MAX_VALUE) return refuseOverflow(change.counter, counter);
    const added = by > 0 ? counter.added + BigInt(by) : counter.added;
    const removed = by < 0 ? counter.removed + BigInt(-by) : counter.removed;
    if (added > MAX_TOTAL) return refuseOverflow(change.counter, counter);
    touched.set(change.counter, { ...counter, value, added, removed });
  }
  return { revision: dashboard.revision + 1, at: Math.max(nowMs, dashboard.at), counters: touched, previous };
}

/** Moves a dashboard to the state after `applied`, in place: the cost grows with the number of changed counters. */
export function advance(dashboard: Dashboard & { counters: Map<string, Counter> }, applied: AppliedChangeSet): void {
  for (const [name, counter] of applied.counters) dashboard.counters.set(name, counter);
  Object.assign(dashboard, { revision: applied.revision, at: applied.at });
}

export function toSnapshot(dashboard: Dashboard): Snapshot {
  const counters: Record<string, number> = {};
  for (const [name, counter] of dashboard.counters) counters[name] = counter.value;
  return {
    dashboard: dashboard.name,
    epoch: dashboard.epoch,
    revision: dashboard.revision,
    at: dashboard.at,
    counters,
  };
}

/** Returns the outcome that brings a viewer to these counters at this revision. */
export function toOutcome(
  dashboard: string,
  { revision, at, counters }: Pick<AppliedChangeSet, 'revision' | 'at' | 'counters'>,
): FreshOutcome {
  const values: Record<string, number> = {};
  const totals: Record<string, number> = {};
  for (const [name, { value, added }] of counters) {
    values[name] = value;
    totals[name] = Number(added);
  }
  return { dashboard, revision, at, counters: values, added: totals, replayed: false };
}

export function refuseRemoval(name: string, { value, unit }: Pick<Counter, 'value' | 'unit'>, amount: number): Refusal {
  const what = unit ?? name;
  const detail =
    value === 0
      ? `no ${what} remains to remove`
      : `cannot remove ${amount} from ${name}: only ${value} ${value === 1 ? 'remains' : 'remain'}`;
  return { code: 'nothing-to-remove', detail };
}

export function refuseOverflow(name: string, { value }: Pick<Counter, 'value'>): Refusal {
  return { code: 'counter-full', detail: `${name} is at ${value}: this change would exceed the limit of ${MAX_VALUE}` };
}

export function refuseUnknownCounter(dashboard: string, name: string): Refusal {
  return { code: 'unknown-counter', detail: `${dashboard} has no counter named ${name}` };
}
