/** Fixtures of the contract suites: an open store, a dashboard and a change set. */
import type { TimeOfDay } from '../../clock/clock.js';
import type { ChangeSet } from '../../counters/counters.js';
import type { CounterStore, Limits, Point, Retention, CounterSeries, StepMs } from '../store.js';

/** An open store. `reopen` closes it and opens another one on the same data; absent if nothing outlives the process. */
interface OpenedStore {
  readonly store: CounterStore;
  readonly reopen?: () => Promise<CounterStore>;
}
/**
 * Promises that the store of a relay cannot keep by itself: `totals` of outcomes, exact beyond 2^53; `senders`, whose
 * names, owners of keys and kinds of keys are given with a change set; `settings` that are returned as they were given.
 */
type StorePromise = 'totals' | 'senders' | 'settings';

/** Creates an empty store, and closes it after the test. A store that has a clock of its own ignores `clock`. */
export interface StoreFactory {
  (retention?: Partial<Retention>, limits?: Partial<Limits>, clock?: TimeOfDay): Promise<OpenedStore>;
  /** Promises that the store does not make, with the reason of each. Their tests are left out. */
  readonly exceptions?: Readonly<Partial<Record<StorePromise, string>>>;
}

/** Returns the function that defines a test of a promise, if the store makes it. */
export function testOf(
  promise: StorePromise,
  { exceptions }: StoreFactory,
): (name: string, test: () => Promise<void>, timeoutMs?: number) => void {
  return exceptions?.[promise] === undefined ? it : () => {};
}

/** A change set with one change of `orders` on `main`. */
export const changeOrders = (by: number, more: Partial<ChangeSet> = {}): ChangeSet => ({
  dashboard: 'main',
  changes: [{ counter: 'orders', by }],
  ...more,
});

/** Creates a store with the dashboard `main` and its counters `orders` and `customers`. */
export async function createMainStore(make: StoreFactory, retention?: Partial<Retention>): Promise<OpenedStore> {
  const opened = await make(retention);
  await opened.store.define('main', { title: 'Main', counters: { orders: { singular: 'order' }, customers: {} } });
  return opened;
}

export async function readSeries(
  store: CounterStore,
  counter: string,
  stepMs: StepMs,
  [from, to]: readonly [number, number] = [0, Number.MAX_SAFE_INTEGER],
  dashboard = 'main',
): Promise<CounterSeries> {
  const series = (await store.readPoints(dashboard, [counter], stepMs, from, to)).get(counter);
  if (series?.kind !== 'counter') throw new Error(`there is no series of the counter ${counter}`);
  return series;
}

export async function readCounterPoints(
  store: CounterStore,
  counter: string,
  stepMs: StepMs,
  dashboard = 'main',
): Promise<readonly Point[]> {
  return (await readSeries(store, counter, stepMs, undefined, dashboard)).points;
}

/** Calls `check` again and again while changes of `orders` are applied, 300 pairs of them. */
export async function checkWhileChanging(store: CounterStore, check: () => Promise<void>): Promise<void> {
  const changing = { remaining: 300 };
  const changes = (async () => {
    for (; changing.remaining > 0; changing.remaining -= 1) await store.applyAll([changeOrders(3), changeOrders(-1)]);
  })();
  while (changing.remaining > 0) await check();
  await changes;
}

/** Yields the store, and then the reopened one if its data outlives the process. */
export async function* yieldThenReopen({ store, reopen }: OpenedStore): AsyncGenerator<CounterStore> {
  yield store;
  if (reopen) yield await reopen();
}

export const START_MS = Date.UTC(2026, 10, 29, 12, 30, 30);

/** A clock that the test sets. It is settled, and data expires by its time unless `expiryMs` is set. */
export class TestClock implements TimeOfDay {
  nowMs = START_MS;
  expiryMs: number | undefined;
  isSettled = true;

  now(): number {
    return this.nowMs;
  }

  nowForExpiry(): number {
    return this.expiryMs ?? this.nowMs;
  }

  get trust() {
    return { timeMs: this.nowForExpiry(), stoodMs: 86_400_000 };
  }

  recall(): void {}
}
