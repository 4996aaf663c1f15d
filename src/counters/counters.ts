/** The counting rule: applies change sets to the counters of a dashboard. Pure; time is an argument. */
import type { CounterDefinition, CountingRule, DashboardSettings, Period } from './definition.js';
import type { Refusal } from './errors.js';

/** Largest value of a counter, 2^53 - 1: the largest integer that every JSON parser keeps exactly (RFC 8259, 6). */
export const MAX_VALUE = Number.MAX_SAFE_INTEGER;
/** Largest total, 2^63 - 1: fits a 64-bit column and Redis HINCRBY. A value can fill and drain 1,024 times. */
export const MAX_TOTAL = 2n ** 63n - 1n;
/** Largest amount of one `by` change, either way. */
export const MAX_AMOUNT = MAX_VALUE;
/** Largest number of changes in one change set. */
export const MAX_CHANGES = 1_000;
/** Valid names of dashboards and counters. */
export const NAME_PATTERN = /^[a-z][a-z0-9_-]{0,63}$/;
/**
 * Text that every store returns unchanged. SQLite truncates text at a NUL. Half of a surrogate pair has no UTF-8
 * encoding: libsql writes it all the same, and crashes the process when it reads it.
 */
export const TEXT_PATTERN = /^[^\0\ud800-\udfff]*$/u;

/** Totals of a counter since it was created. A gauge has none: both are 0. */
export interface CounterTotals {
  /** Sum of all additions; never decreases. */
  readonly added: bigint;
  /** Sum of all removals; never decreases. */
  readonly removed: bigint;
}

/**
 * A counter with its definition. `value` is at least the definition's `min` and at most {@link MAX_VALUE}. Unless it is
 * a gauge, `value = added - removed`.
 */
export interface Counter extends CounterTotals {
  readonly definition: CounterDefinition;
  readonly value: number;
}

/**
 * One change of one counter: `by` adds or subtracts (1 to {@link MAX_AMOUNT} either way), `to` sets a counted value
 * (up to {@link MAX_VALUE} either way).
 */
export type Change =
  { readonly counter: string; readonly by: number } | { readonly counter: string; readonly to: number };

/** A change as it was booked. A recount keeps the amount that it came to. */
export type BookedChange =
  | { readonly counter: string; readonly by: number }
  | {
      readonly counter: string;
      readonly to: number;
      /**
       * The new value minus the old one: decimal text beyond {@link MAX_VALUE}, which JSON parsers would round. Absent
       * in entries of version 0.1.
       */
      readonly moved?: number | string;
    };

/** One or more changes of one dashboard, applied in order, all or none. */
export interface ChangeSet {
  readonly dashboard: string;
  /** Empty if it {@link undoes} a revision: the store knows the changes then. */
  readonly changes: readonly Change[];
  /** Revision whose ledger entry the change set takes back. */
  readonly undoes?: number;
  /** Idempotency key: a retry by the same owner with the same key does not count again. */
  readonly key?: string;
  /** Owner of the key: `token:NAME`, `jwt:SUBJECT`, `hook:NAME`. Absent for anonymous senders, who share their keys. */
  readonly owner?: string;
  /** Time to live of the key, milliseconds. Absent: that of all keys. */
  readonly keyTtlMs?: number;
  /** True if the key alone decides: whatever else comes under it is a retry. Absent: the same changes must come. */
  readonly keyDecides?: boolean;
  /** Reason of the change, for the ledger. */
  readonly reason?: string;
  /** Name of the actor, for the ledger. */
  readonly who?: string;
}

/** A span of time, milliseconds since the Unix epoch. */
export interface TimeSpan {
  /** Inclusive. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Current state of one dashboard. */
export interface Dashboard {
  readonly name: string;
  readonly settings: DashboardSettings;
  /** Number of the definition: 1 at first, one more for each change of it. */
  readonly version: number;
  /**
   * The day of the dashboard that the last change set was booked in. Later ones are booked in it too, until it ends.
   * Absent before the first change set.
   */
  readonly day?: TimeSpan;
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
  /** Derived measures, of the same revision. Null where the divisor is 0. Absent if the dashboard has none. */
  readonly measures?: MeasureValues;
  /** Numbers of the present periods, for those that are requested. */
  readonly periods?: PeriodValues;
}

/** State of a dashboard at a moment of the past, with the counters that exist now. */
export interface PastSnapshot extends Omit<Snapshot, 'revision'> {
  /** Revision of the last change. Absent where only points reach: they do not have it. */
  readonly revision?: number;
  /**
   * Time of the last change; without a revision the end of the row, at most now. Milliseconds since the Unix epoch.
   */
  readonly at: number;
  /**
   * True: the state after the last change at or before the moment. False: that at the end of its row, or a period
   * starts within a row whose finer ones have expired.
   */
  readonly exact: boolean;
}

export type MeasureValues = Readonly<Record<string, number | null>>;

/** Sums of a period up to now, exact up to 2^53, then the nearest double. Gauges have none. */
export interface PeriodNumbers extends TimeSpan {
  readonly added: Readonly<Record<string, number>>;
  readonly removed: Readonly<Record<string, number>>;
  /** Measures of the numbers of the period; of a gauge its value. */
  readonly measures?: MeasureValues;
}

export type PeriodValues = Readonly<Partial<Record<Period, PeriodNumbers>>>;

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
  /** Totals of the changed counters. Gauges have none. */
  readonly added: Readonly<Record<string, Total>>;
  readonly removed: Readonly<Record<string, Total>>;
}

/** A total: a number as long as it is exact (up to {@link MAX_VALUE}), a bigint beyond. */
export type Total = number | bigint;

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
  /** The changes for the ledger. */
  readonly booked: readonly BookedChange[];
}

export function isRefusal(result: AppliedChangeSet | Refusal): result is Refusal {
  return 'code' in result;
}

/**
 * Applies a change set to a dashboard: all changes in order, or none.
 * Modifies nothing in place. The cost grows with the number of changes, not with the size of the dashboard.
 * @param nowMs milliseconds since the Unix epoch. The result's `at` is never before the dashboard's.
 * @param ignoreMinimum for bookings that no rule may refuse: a counter is removed at 0, whatever its `min`
 * @returns the new counters, or the reason why the change set is refused
 */
export function applyChanges(
  dashboard: Dashboard,
  changes: readonly Change[],
  nowMs: number,
  ignoreMinimum = false,
): AppliedChangeSet | Refusal {
  const touched = new Map<string, Counter>();
  const previous = new Map<string, Counter>();
  let booked: BookedChange[] | undefined;
  for (const change of changes) {
    let counter = touched.get(change.counter);
    if (!counter) {
      counter = dashboard.counters.get(change.counter);
      if (!counter) return refuseUnknownCounter(dashboard.name, change.counter);
      previous.set(change.counter, counter);
    }
    const value = 'by' in change ? counter.value + change.by : change.to;
    const min = getMinimum(counter.definition);
    if (value < min && !ignoreMinimum) return refuseRemoval(change, counter, min);
    if (value > MAX_VALUE) return refuseOverflow(change.counter, counter);
    const moved = 'by' in change ? change.by : subtract(value, counter.value);
    const next = moveCounter(counter, value, moved);
    if (next.added > MAX_TOTAL || next.removed > MAX_TOTAL) return refuseOverflow(change.counter, counter);
    touched.set(change.counter, next);
    if ('to' in change) booked ??= changes.slice(0, changes.indexOf(change));
    booked?.push('to' in change ? { ...change, moved: typeof moved === 'bigint' ? moved.toString() : moved } : change);
  }
  return {
    revision: dashboard.revision + 1,
    at: Math.max(nowMs, dashboard.at),
    counters: touched,
    previous,
    booked: booked ?? changes,
  };
}

/** Returns the lowest value that a counter may have. */
export function getMinimum({ min = 0 }: CountingRule): number {
  return min ?? -MAX_VALUE;
}

function moveCounter({ definition, added, removed }: Counter, value: number, moved: Total): Counter {
  if (definition.kind === 'gauge' || moved === 0) return { definition, value, added, removed };
  return moved > 0
    ? { definition, value, added: added + BigInt(moved), removed }
    : { definition, value, added, removed: removed - BigInt(moved) };
}

/** Returns `a - b`, exact: two values of a counter without `min` can be almost 2^54 apart. */
function subtract(a: number, b: number): Total {
  const difference = a - b;
  return Number.isSafeInteger(difference) ? difference : BigInt(a) - BigInt(b);
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
  const added: Record<string, Total> = {};
  const removed: Record<string, Total> = {};
  for (const [name, counter] of counters) {
    values[name] = counter.value;
    if (counter.definition.kind === 'gauge') continue;
    added[name] = toTotal(counter.added);
    removed[name] = toTotal(counter.removed);
  }
  return { dashboard, revision, at, counters: values, added, removed, replayed: false };
}

export function toTotal(total: bigint): Total {
  return total <= MAX_VALUE ? Number(total) : total;
}

/** @param min lowest value of the counter */
export function refuseRemoval(
  change: Change,
  { value, definition }: Pick<Counter, 'value' | 'definition'>,
  min: number,
) {
  return { code: 'nothing-to-remove', detail: explainMinimum(change, value, min, definition.singular) } as const;
}

function explainMinimum(change: Change, value: number, min: number, singular: string | undefined): string {
  const { counter } = change;
  if ('to' in change) return `cannot set ${counter} to ${change.to}: its lowest value is ${min}`;
  if (min !== 0)
    return `cannot remove ${-change.by} from ${counter}: it is at ${value}, and its lowest value is ${min}`;
  if (value === 0) return `no ${singular ?? counter} remains to remove`;
  return `cannot remove ${-change.by} from ${counter}: only ${value} ${value === 1 ? 'remains' : 'remain'}`;
}

export function refuseOverflow(name: string, { value }: Pick<Counter, 'value'>): Refusal {
  return { code: 'counter-full', detail: `${name} is at ${value}: this change would exceed the limit of ${MAX_VALUE}` };
}

export function refuseUnknownCounter(dashboard: string, name: string): Refusal {
  return { code: 'unknown-counter', detail: `${dashboard} has no counter named ${name}` };
}
