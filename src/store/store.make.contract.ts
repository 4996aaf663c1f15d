/** What the contract's tests start from: a store that is open, a dashboard, and a change set. */
import type { ChangeSet } from '../counters/counters.js';
import type { CounterStore, Retention } from './store.js';

/** A store that is open, and, where it outlives its process, a way to close it and open another on the same place. */
export interface Made {
  readonly store: CounterStore;
  readonly reopen?: () => Promise<CounterStore>;
}
/** Makes an empty store of its own. Whoever makes it takes it down after the test. */
export type Make = (retention?: Partial<Retention>) => Promise<Made>;

/** One change of `orders` on `main`. */
export const orders = (by: number, more: Partial<ChangeSet> = {}): ChangeSet => ({
  dashboard: 'main',
  changes: [{ counter: 'orders', by }],
  ...more,
});

/** A store with dashboard `main` and its counters `orders` and `customers`. */
export async function makeMain(make: Make, retention?: Partial<Retention>): Promise<Made> {
  const made = await make(retention);
  await made.store.define('main', { title: 'Main', counters: { orders: { unit: 'order' }, customers: {} } });
  return made;
}
