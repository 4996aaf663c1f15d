/** What the contract's tests start from: a store that is open, a dashboard, and a change set. */
import type { ChangeSet } from '../../counters/counters.js';
import type { CounterStore, Limits, Point, Retention, CounterSeries, StepMs } from '../store.js';

/** A store that is open, and, where it outlives its process, a way to close it and open another on the same place. */
interface OpenedStore {
  readonly store: CounterStore;
  readonly reopen?: () => Promise<CounterStore>;
}
/** Makes an empty store of its own. Whoever makes it takes it down after the test. */
export type StoreFactory = (retention?: Partial<Retention>, limits?: Partial<Limits>) => Promise<OpenedStore>;

/** One change of `orders` on `main`. */
export const changeOrders = (by: number, more: Partial<ChangeSet> = {}): ChangeSet => ({
  dashboard: 'main',
  changes: [{ counter: 'orders', by }],
  ...more,
});

/** A store with dashboard `main` and its counters `orders` and `customers`. */
export async function createMainStore(make: StoreFactory, retention?: Partial<Retention>): Promise<OpenedStore> {
  const opened = await make(retention);
  await opened.store.define('main', { title: 'Main', counters: { orders: { unit: 'order' }, customers: {} } });
  return opened;
}

/** The points of one counter, and what they began with. */
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

/** All points of one counter. */
export async function readCounterPoints(
  store: CounterStore,
  counter: string,
  stepMs: StepMs,
  dashboard = 'main',
): Promise<readonly Point[]> {
  return (await readSeries(store, counter, stepMs, undefined, dashboard)).points;
}

/** The store as it is, and then, where it outlives its process, the one that is opened in its place. */
export async function* yieldThenReopen({ store, reopen }: OpenedStore): AsyncGenerator<CounterStore> {
  yield store;
  if (reopen) yield await reopen();
}
