/** Store contract: removing dashboards and counters. */
import {
  type StoreFactory,
  createMainStore,
  yieldThenReopen,
  changeOrders,
  readCounterPoints,
  readSeries,
} from './fixtures.contract.js';
import { BUCKETS } from '../store.js';

const [{ stepMs: SECOND }] = BUCKETS;

export function describeStoreRemove(name: string, make: StoreFactory): void {
  describe(`${name}: remove`, () => {
    it('removes a dashboard with everything that belongs to it, and leaves others unchanged', async () => {
      const opened = await createMainStore(make);
      const { store } = opened;
      await store.define('other', { counters: { orders: {} } });
      await store.apply(changeOrders(2, { key: 'k' }));
      await store.apply(changeOrders(3, { dashboard: 'other' }));
      expect(await store.remove('main')).toBeUndefined();
      for await (const current of yieldThenReopen(opened)) {
        const unknown = { code: 'unknown-dashboard' };
        await expect(current.readSnapshot('main')).rejects.toMatchObject(unknown);
        await expect(current.readLedger('main', 0, 10)).rejects.toMatchObject(unknown);
        await expect(current.readPoints('main', ['orders'], SECOND, 0, 1)).rejects.toMatchObject(unknown);
        await expect(current.apply(changeOrders(2, { key: 'k' }))).rejects.toMatchObject(unknown);
        await expect(current.remove('main')).rejects.toMatchObject(unknown);
        await expect(current.remove('main', 'orders')).rejects.toMatchObject(unknown);
        expect((await current.readAllDashboards()).map((dashboard) => dashboard.name)).toEqual(['other']);
        expect(await current.readSnapshot('other')).toMatchObject({ revision: 1, counters: { orders: 3 } });
        expect(await current.readLedger('other', 0, 10)).toHaveLength(1);
      }
    });

    it('lets the name of a removed dashboard be defined again, with a new epoch and no past', async () => {
      const { store, reopen } = await createMainStore(make);
      const [old] = await store.readAllDashboards();
      await store.apply(changeOrders(2, { key: 'k' }));
      await store.remove('main');
      const { created, dashboard } = await store.define('main', { counters: { orders: {} } });
      expect([created, dashboard.revision, dashboard.epoch === old?.epoch]).toEqual([true, 0, false]);
      expect([await store.readLedger('main', 0, 10), await readCounterPoints(store, 'orders', SECOND)]).toEqual([
        [],
        [],
      ]);
      expect(await store.apply(changeOrders(5, { key: 'k' }))).toMatchObject({ revision: 1, replayed: false });
      const reopened = (await reopen?.()) ?? store;
      expect(await reopened.readSnapshot('main')).toMatchObject({
        epoch: dashboard.epoch,
        revision: 1,
        counters: { orders: 5 },
      });
    });

    it('books a removed counter at 0 and deletes it with its points, and nothing else', async () => {
      const opened = await createMainStore(make);
      const { store } = opened;
      await store.apply(changeOrders(2, { key: 'k' }));
      await store.apply({ dashboard: 'main', changes: [{ counter: 'customers', by: 1 }] });
      const outcome = await store.remove('main', 'orders');
      const at = outcome?.at;
      const values = { counters: { orders: 0 }, added: { orders: 2 }, removed: { orders: 2 } };
      expect(outcome).toEqual({ dashboard: 'main', revision: 3, at, ...values, replayed: false });
      const entry = { revision: 3, at, changes: [{ counter: 'orders', to: 0, moved: -2 }], reason: 'deleted' };
      for await (const current of yieldThenReopen(opened)) {
        const { revision, counters } = await current.readSnapshot('main');
        expect([revision, counters]).toEqual([3, { customers: 1 }]);
        expect((await current.readLedger('main', 0, 10)).at(-1)).toEqual(entry);
        const unknown = { code: 'unknown-counter' };
        await expect(current.readPoints('main', ['orders'], SECOND, 0, 1)).rejects.toMatchObject(unknown);
        await expect(current.apply(changeOrders(1))).rejects.toMatchObject(unknown);
        await expect(current.remove('main', 'orders')).rejects.toMatchObject(unknown);
        expect(await current.apply(changeOrders(2, { key: 'k' }))).toMatchObject({ revision: 1, replayed: true });
        expect(await readCounterPoints(current, 'customers', SECOND)).toMatchObject([{ value: 1, added: 1n }]);
      }
    });

    it('lets the name of a removed counter be defined again, starting at 0', async () => {
      const opened = await createMainStore(make);
      const { store } = opened;
      await store.apply(changeOrders(2));
      await store.remove('main', 'orders');
      expect(await store.define('main', { counters: { orders: {} } })).toMatchObject({
        dashboard: { revision: 3 },
        outcome: { counters: { orders: 0 }, added: { orders: 0 } },
      });
      await store.apply(changeOrders(5));
      for await (const current of yieldThenReopen(opened)) {
        const [dashboard] = await current.readAllDashboards();
        expect(dashboard?.counters.get('orders')).toEqual({ definition: {}, value: 5, added: 5n, removed: 0n });
        const { points, totals } = await readSeries(current, 'orders', SECOND);
        expect(totals).toEqual({ added: 5n, removed: 0n });
        expect(points.reduce((sum, { added }) => sum + added, 0n)).toBe(5n);
        expect(await current.readLedger('main', 0, 10)).toHaveLength(4);
      }
    });

    it('runs in order with the change sets sent before and after it', async () => {
      const { store } = await createMainStore(make);
      await store.define('other', { counters: { orders: {} } });
      const settled = await Promise.allSettled([
        store.apply(changeOrders(1, { key: 'k' })),
        store.apply(changeOrders(1, { dashboard: 'other' })),
        store.remove('main', 'customers'),
        store.apply(changeOrders(1)),
        store.remove('main'),
        store.apply(changeOrders(1, { key: 'k' })),
        store.apply(changeOrders(1, { dashboard: 'other' })),
        store.define('main', { counters: { orders: {} } }),
        store.apply(changeOrders(7, { key: 'k' })),
        store.apply(changeOrders(1, { dashboard: 'other' })),
      ]);
      expect(settled).toMatchObject([
        { value: { revision: 1, counters: { orders: 1 } } },
        { value: { revision: 1 } },
        { value: { revision: 2, counters: { customers: 0 } } },
        { value: { revision: 3, counters: { orders: 2 } } },
        { value: undefined },
        { reason: { code: 'unknown-dashboard' } },
        { value: { revision: 2 } },
        { value: { created: true, dashboard: { revision: 0 } } },
        { value: { revision: 1, counters: { orders: 7 }, replayed: false } },
        { value: { revision: 3, counters: { orders: 3 } } },
      ]);
      expect(await store.readSnapshot('main')).toMatchObject({ revision: 1, counters: { orders: 7 } });
    });
  });
}
