/** The rule of counting: what a change set does to a dashboard's counters. Pure; time is an argument. */
import type { Refusal } from './errors.js';

/** Largest value of a counter, 2^53 - 1: the largest whole number that every JSON reader keeps exactly (RFC 8259, 6). */
export const MAX_VALUE = Number.MAX_SAFE_INTEGER;
/** Largest total, 2^63 - 1: what a 64-bit column and Redis' HINCRBY hold. A value can fill up and drain 1,024 times over. */
export const MAX_TOTAL = 2n ** 63n - 1n;
/** Largest amount of one `by` change. */
export const MAX_AMOUNT = 1_000_000_000;
/** Most changes in one change set. */
export const MAX_CHANGES = 1_000;
/** Names of dashboards and counters. */
export const NAME_PATTERN = /^[a-z][a-z0-9_-]{0,63}$/;
/**
 * Text that every store keeps as it is. SQLite's ends at a NUL, and half of a surrogate pair has no UTF-8: libsql writes it all the
 * same, and ends the process when it reads it.
 */
export const TEXT_PATTERN = /^[^\0\ud800-\udfff]*$/u;

/** How a counter is declared. */
export interface CounterDefinition {
  /** For people, for example `Orders`. */
  readonly title?: string;
  /** One of what is counted, for example `order`. Used in messages. */
  readonly unit?: string;
}

/** What a counter went through since it was born. */
export interface CounterTotals {
  /** All that was ever added; only grows. */
  readonly added: bigint;
  /** All that was ever removed; only grows. */
  readonly removed: bigint;
}

/** A named whole number: `value = added - removed`, never below 0, at most MAX_VALUE. */
export interface Counter extends CounterDefinition, CounterTotals {
  readonly value: number;
}

/** One step of one counter: `by` (+n or -n, at most MAX_AMOUNT, not 0), or `to` (a recount to n, 0 to MAX_VALUE). */
export type Change =
  { readonly counter: string; readonly by: number } | { readonly counter: string; readonly to: number };

/** One or more changes of one dashboard, applied all or none and in order. */
export interface ChangeSet {
  readonly dashboard: string;
  readonly changes: readonly Change[];
  /** Idempotency key: counts once, however often it is retried. */
  readonly key?: string;
  /** Why, for the ledger. */
  readonly reason?: string;
  /** Who, for the ledger. */
  readonly who?: string;
}

/** The living state of one dashboard. */
export interface Dashboard {
  readonly name: string;
  readonly title?: string;
  /** Random id born with the data: revisions of two epochs do not compare. */
  readonly epoch: string;
  /** Change sets applied so far. */
  readonly revision: number;
  /** Milliseconds since the Unix epoch of the last change set; never goes back. */
  readonly at: number;
  readonly counters: ReadonlyMap<string, Counter>;
}

/** The whole state of a dashboard, as it is shown. */
export interface Snapshot {
  readonly dashboard: string;
  readonly epoch: string;
  readonly revision: number;
  readonly at: number;
  readonly counters: Readonly<Record<string, number>>;
  /** All that was ever added to each of them, for those who ask for totals: exact up to 2^53, then the nearest double. */
  readonly added?: Readonly<Record<string, number>>;
}

/** What a change set did, as it is answered. */
export interface Outcome {
  readonly dashboard: string;
  readonly revision: number;
  readonly at: number;
  /** The new values of the counters that it touched. */
  readonly counters: Readonly<Record<string, number>>;
  /** True when the change set was counted before, under the same key. */
  readonly replayed: boolean;
}

/** An outcome that is new: with what those who show the counters have to know beside their values. */
export interface FreshOutcome extends Outcome {
  readonly replayed: false;
  /** All that was ever added to the counters that it touched, up to then: exact up to 2^53, then the nearest double. */
  readonly added: Readonly<Record<string, number>>;
}

/** An outcome of before. Totals are not kept under a key: who shows counters has heard of it, or of a later state. */
export interface ReplayedOutcome extends Outcome {
  readonly replayed: true;
}

/** What applying one change set to a dashboard comes to, before anything is stored. */
export interface AppliedChangeSet {
  readonly revision: number;
  readonly at: number;
  /** The counters that it touched, as they are after it. */
  readonly counters: ReadonlyMap<string, Counter>;
  /** The same counters, as they were before it. */
  readonly previous: ReadonlyMap<string, Counter>;
}

export function isRefusal(result: AppliedChangeSet | Refusal): result is Refusal {
  return 'code' in result;
}

/**
 * Applies a change set to a dashboard: all changes in order, or none and the reason.
 * Changes nothing in place. The cost grows with the changes, not with the dashboard.
 * @param nowMs milliseconds since the Unix epoch; `at` is never before the dashboard's.
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

/** The state of a dashboard after `applied`. The map of counters is changed in place, and so costs what was touched. */
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

/** The outcome that takes whoever hears of it to these counters, at this revision. */
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
      : `${amount} cannot be removed from ${name}: only ${value} ${value === 1 ? 'remains' : 'remain'}`;
  return { code: 'nothing-to-remove', detail };
}

export function refuseOverflow(name: string, { value }: Pick<Counter, 'value'>): Refusal {
  return { code: 'counter-full', detail: `${name} is at ${value}: this change would take it beyond ${MAX_VALUE}` };
}

export function refuseUnknownCounter(dashboard: string, name: string): Refusal {
  return { code: 'unknown-counter', detail: `${dashboard} has no counter named ${name}` };
}
