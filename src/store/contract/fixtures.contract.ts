/** Fixtures of the contract suites: an open store, a dashboard and a change set. */
import type { TimeOfDay } from '../../clock/clock.js';
import type { ChangeSet } from '../../counters/counters.js';
import type { CounterStore, Limits, Point, Retention, CounterSeries, StepMs } from '../store.js';

/** An open store. `reopen` closes it and opens another one on the same data; absent if nothing outlives the process. */
interface OpenedStore {
  readonly store: CounterStore;
  readonly reopen?: () => Promise<CounterStore>;
}
/** Creates an empty store, and closes it after the test. A store that has a clock of its own ignores `clock`. */
export type StoreFactory = (
  retention?: Partial<Retention>,
  limits?: Partial<Limits>,
  clock?: TimeOfDay,
) => Promise<OpenedStore>;

/** A change set with one change of `orders` on `main`. */
export const changeOrders = (by: number, more: Partial<ChangeSet> = {}): ChangeSet => ({
  dashboard: 'main',
  changes: [{ counter: 'orders', by }],
  ...more,
});

/** Creates a store with the dashboard `main` and its counters `orders` and `customers`. */
export async function createMainStore(make: StoreFactory, retention?: Partial<Retention>): Promise<OpenedStore> {
  const opened = await make(retention);
  await opened.store.define('main', { title: 'Main', counters: { orders: { unit: 'order' }, customers: {} } });
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
  if (!series) throw new Error(`there is no series of ${counter}`);
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

/** Yields the store, and then the reopened one if its data outlives the process. */
export async function* yieldThenReopen({ store, reopen }: OpenedStore): AsyncGenerator<CounterStore> {
  yield store;
  if (reopen) yield await reopen();
}
