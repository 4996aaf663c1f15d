/** The store contract as tests: the promises of `CounterStore`, run against every implementation. */
import type { Outcome } from '../../counters/counters.js';
import { describeDocuments } from './documents.contract.js';
import { describeStoreDefine } from './define.contract.js';
import { describeStoreGauges } from './gauges.contract.js';
import { describeStoreSums } from './sums.contract.js';
import { describeStoreFold } from './fold.contract.js';
import { describeStoreKeys } from './keys.contract.js';
import { type StoreFactory, createMainStore, changeOrders, readCounterPoints, testOf } from './fixtures.contract.js';
import { describeStoreLedger } from './ledger.contract.js';
import { describeStorePast } from './past.contract.js';
import { describePastBounds } from './past-bounds.contract.js';
import { describeStoreReading } from './reading.contract.js';
import { describeStoreRemove } from './remove.contract.js';
import { describeStoreUndo } from './undo.contract.js';
import { BUCKETS, type CounterStore, type Point } from '../store.js';

const [, { stepMs: MINUTE }] = BUCKETS;
const EVER = Number.MAX_SAFE_INTEGER;

/** Reads everything the store has about `orders`, to show that nothing has changed. */
async function readEverything(store: CounterStore): Promise<unknown> {
  const points = await Promise.all(BUCKETS.map(({ stepMs }) => readCounterPoints(store, 'orders', stepMs)));
  return [
    await store.readSnapshot('main'),
    await store.readAllDashboards(),
    await store.readLedger('main', 0, 100),
    points,
  ];
}

const sumPoints = (points: readonly Point[], what: 'added' | 'removed'): bigint =>
  points.reduce((total, point) => total + point[what], 0n);

export function describeStore(name: string, make: StoreFactory): void {
  describe(`${name}: applyAll`, () => {
    it('applies change sets in order and once per key, and a refused one does not affect others', async () => {
      const { store } = await createMainStore(make);
      const nowhere = { dashboard: 'nowhere', changes: [{ counter: 'orders', by: 1 }] };
      const sets = [
        changeOrders(2, { key: 'k' }),
        changeOrders(-3),
        nowhere,
        changeOrders(2, { key: 'k' }),
        changeOrders(5, { key: 'k' }),
        changeOrders(1),
      ];
      const [results, single] = await Promise.all([store.applyAll(sets), store.apply(changeOrders(10))]);
      const summaries = results.map((result) => ('code' in result ? result.code : [result.revision, result.replayed]));
      expect(summaries).toEqual([
        [1, false],
        'nothing-to-remove',
        'unknown-dashboard',
        [1, true],
        'key-reused',
        [2, false],
      ]);
      expect(single).toMatchObject({ revision: 3, counters: { orders: 13 } });
      expect(await store.readSnapshot('main')).toMatchObject({ revision: 3, counters: { orders: 13 } });
    });

    it('returns nothing for no change sets, and an error for each on a closed store', async () => {
      const { store } = await createMainStore(make);
      expect(await store.applyAll([])).toEqual([]);
      await store.close();
      const refused = await store.applyAll([changeOrders(1), changeOrders(1)]);
      expect(refused.map((result) => 'code' in result && result.code)).toEqual([
        'store-unavailable',
        'store-unavailable',
      ]);
    });
  });

  describe(`${name}: apply`, () => {
    testOf('totals', make)('writes values, totals, points and ledger entry together', async () => {
      const { store } = await createMainStore(make);
      const outcome = await store.apply({
        dashboard: 'main',
        changes: [
          { counter: 'orders', by: 5 },
          { counter: 'orders', by: -2 },
          { counter: 'customers', to: 4 },
        ],
        key: 'k',
        reason: 'stocktaking',
        who: 'ann',
      });
      const { at } = outcome;
      const counters = { orders: 3, customers: 4 };
      const added = { orders: 5, customers: 4 };
      const removed = { orders: 2, customers: 0 };
      expect(outcome).toEqual({ dashboard: 'main', revision: 1, at, counters, added, removed, replayed: false });
      expect(await store.readSnapshot('main')).toMatchObject({ dashboard: 'main', revision: 1, at, counters });
      const [dashboard] = await store.readAllDashboards();
      expect(dashboard?.counters.get('orders')).toEqual({
        definition: { singular: 'order' },
        value: 3,
        added: 5n,
        removed: 2n,
      });
      for (const { stepMs } of BUCKETS) {
        expect(await readCounterPoints(store, 'orders', stepMs)).toEqual([
          { at: at - (at % stepMs), value: 3, added: 5n, removed: 2n },
        ]);
      }
      const [entry] = await store.readLedger('main', 0, 10);
      expect(entry).toMatchObject({ revision: 1, at, key: 'k', reason: 'stocktaking', who: 'ann' });
      expect(entry?.changes).toContainEqual({ counter: 'customers', to: 4, moved: 4 });
    });

    it('changes nothing if a change set is refused', async () => {
      const { store } = await createMainStore(make);
      await store.apply(changeOrders(2));
      const before = await readEverything(store);
      const changes = [
        { counter: 'orders', by: 1 },
        { counter: 'customers', by: -1 },
      ];
      await expect(store.apply({ dashboard: 'main', changes })).rejects.toMatchObject({ code: 'nothing-to-remove' });
      await expect(
        store.apply({ dashboard: 'main', changes: [{ counter: 'orders', to: Number.MAX_SAFE_INTEGER }, ...changes] }),
      ).rejects.toMatchObject({ code: 'counter-full' });
      expect(await readEverything(store)).toEqual(before);
    });

    it('refuses single change sets of a group and applies the others in the order of the calls', async () => {
      const { store } = await createMainStore(make);
      const settled = await Promise.allSettled([
        store.apply({ dashboard: 'main', changes: [{ counter: 'orders', to: 5 }] }),
        store.apply(changeOrders(-6)),
        store.apply({ dashboard: 'nowhere', changes: [{ counter: 'orders', by: 1 }] }),
        store.apply({ dashboard: 'main', changes: [{ counter: 'nothing', by: 1 }] }),
        store.apply(changeOrders(-5)),
        store.apply(changeOrders(7)),
      ]);
      expect(settled).toMatchObject([
        { value: { revision: 1, counters: { orders: 5 } } },
        { reason: { code: 'nothing-to-remove' } },
        { reason: { code: 'unknown-dashboard' } },
        { reason: { code: 'unknown-counter' } },
        { value: { revision: 2, counters: { orders: 0 } } },
        { value: { revision: 3, counters: { orders: 7 } } },
      ]);
      expect(await store.readSnapshot('main')).toMatchObject({ revision: 3, counters: { orders: 7 } });
    });

    it('resolves in the order of the revisions, with times that never go back', async () => {
      const { store } = await createMainStore(make);
      const resolved: Outcome[] = [];
      await Promise.all(
        Array.from({ length: 3_000 }, () => store.apply(changeOrders(1)).then((outcome) => resolved.push(outcome))),
      );
      expect(resolved.map(({ revision }) => revision)).toEqual(Array.from({ length: 3_000 }, (_, index) => index + 1));
      const times = resolved.map(({ at }) => at);
      expect(times).toEqual([...times].toSorted((a, b) => a - b));
    });

    testOf('totals', make)('returns the total added with a new outcome, and not with a replayed one', async () => {
      const { store } = await createMainStore(make);
      const sets = [
        changeOrders(7),
        changeOrders(-3),
        changeOrders(2, { key: 'k' }),
        changeOrders(-6),
        changeOrders(2, { key: 'k' }),
        changeOrders(4),
      ];
      const outcomes = await store.applyAll(sets);
      const added = [7, 7, 9, 9, undefined, 13].map((total) => total && { orders: total });
      expect(outcomes.map((outcome) => ('added' in outcome ? outcome.added : undefined))).toEqual(added);
      expect(outcomes.map((outcome) => 'counters' in outcome && outcome.counters['orders'])).toEqual([
        7, 4, 6, 0, 6, 4,
      ]);
    });

    testOf('totals', make)('keeps totals exact beyond the precision of a double', async () => {
      const { store } = await createMainStore(make);
      for (const to of [EVER, 0, EVER, 3, EVER]) {
        await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', to }] });
      }
      const [added, removed] = [BigInt(EVER) * 3n - 3n, BigInt(EVER) * 2n - 3n];
      const [dashboard] = await store.readAllDashboards();
      expect(dashboard?.counters.get('orders')).toMatchObject({ value: EVER, added, removed });
      const points = await readCounterPoints(store, 'orders', MINUTE);
      expect([sumPoints(points, 'added'), sumPoints(points, 'removed')]).toEqual([added, removed]);
      await expect(store.apply(changeOrders(1))).rejects.toMatchObject({ code: 'counter-full' });
    });
  });

  describeStoreDefine(name, make);
  describeStoreRemove(name, make);
  describeStoreReading(name, make);
  describeStoreKeys(name, make);
  describeDocuments(name, make);
  describeStoreGauges(name, make);
  describeStoreSums(name, make);
  describePastBounds(name, make);
  describeStorePast(name, make);
  describeStoreUndo(name, make);
  describeStoreLedger(name, make);
  describeStoreFold(name, make);
}
