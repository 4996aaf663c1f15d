/** Store contract: defining dashboards and counters. */
import { type StoreFactory, createMainStore, changeOrders, readCounterPoints } from './fixtures.contract.js';
import type { DashboardDefinition } from '../store.js';

const counters = (...names: readonly string[]): DashboardDefinition => ({
  counters: Object.fromEntries(names.map((name) => [name, {}])),
});

export function describeStoreDefine(name: string, make: StoreFactory): void {
  describe(`${name}: define`, () => {
    it('creates a dashboard, and later replaces only titles and units', async () => {
      const { store } = await make();
      const created = await store.define('shop', { title: 'Shop', counters: { a: { title: 'A', unit: 'a' }, b: {} } });
      expect(created).toMatchObject({ created: true, dashboard: { name: 'shop', title: 'Shop', revision: 0 } });
      expect(created).not.toHaveProperty('outcome');
      await store.apply({ dashboard: 'shop', changes: [{ counter: 'a', by: 2 }] });
      const replaced = await store.define('shop', { counters: { b: { title: 'B' } } });
      const { dashboard } = replaced;
      expect([replaced.created, dashboard.epoch, dashboard.revision]).toEqual([false, created.dashboard.epoch, 1]);
      expect(replaced).not.toHaveProperty('outcome');
      expect(dashboard).not.toHaveProperty('title');
      expect(Object.fromEntries(dashboard.counters)).toEqual({
        a: { title: 'A', unit: 'a', value: 2, added: 2n, removed: 0n },
        b: { title: 'B', value: 0, added: 0n, removed: 0n },
      });
      expect(await store.readAllDashboards()).toEqual([dashboard]);
    });

    it('books counters added to an existing dashboard: one revision and one ledger entry', async () => {
      const { store, reopen } = await createMainStore(make);
      await store.apply(changeOrders(2));
      const { created, dashboard, outcome } = await store.define('main', counters('products', 'orders', 'visits'));
      expect([created, dashboard.revision, [...dashboard.counters.keys()]]).toEqual([
        false,
        2,
        ['orders', 'customers', 'products', 'visits'],
      ]);
      const { at } = dashboard;
      const added = { products: 0, visits: 0 };
      expect(outcome).toEqual({ dashboard: 'main', revision: 2, at, counters: added, added, replayed: false });
      expect((await store.readLedger('main', 1, 10))[0]).toEqual({
        revision: 2,
        at,
        changes: Object.keys(added).map((counter) => ({ counter, to: 0 })),
        reason: 'defined',
      });
      expect(await store.readSnapshot('main')).toMatchObject({ revision: 2, at, counters: { orders: 2, ...added } });
      await store.apply({ dashboard: 'main', changes: [{ counter: 'visits', by: 4 }] });
      expect((await readCounterPoints(store, 'visits', 3_600_000)).at(-1)).toMatchObject({ value: 4, added: 4n });
      const [before] = await store.readAllDashboards();
      expect(await ((await reopen?.()) ?? store).readAllDashboards()).toEqual([before]);
    });

    it('gives each dashboard its own epoch, and returns a state that later changes do not modify', async () => {
      const { store } = await createMainStore(make);
      const { dashboard } = await store.define('other', counters('orders'));
      const [main, other] = await store.readAllDashboards();
      expect(main?.epoch).not.toBe(other?.epoch);
      await store.apply(changeOrders(1, { dashboard: 'other' }));
      expect([dashboard, other].map((shown) => [shown?.revision, shown?.counters.get('orders')?.value])).toEqual([
        [0, 0],
        [0, 0],
      ]);
      expect(await store.readSnapshot('main')).toMatchObject({ revision: 0 });
    });

    it('runs in order with the change sets sent before and after it', async () => {
      const { store } = await createMainStore(make);
      const visit = { dashboard: 'main', changes: [{ counter: 'visits', by: 1 }] };
      const settled = await Promise.allSettled([
        store.apply(changeOrders(1)),
        store.apply(visit),
        store.define('main', counters('visits')),
        store.apply(visit),
        store.define('main', counters('visits')),
        store.apply(changeOrders(1)),
      ]);
      expect(settled).toMatchObject([
        { value: { revision: 1 } },
        { reason: { code: 'unknown-counter' } },
        { value: { created: false, outcome: { revision: 2 } } },
        { value: { revision: 3 } },
        { value: { created: false, dashboard: { revision: 3 } } },
        { value: { revision: 4 } },
      ]);
    });

    it('refuses a definition beyond the limit of counters or dashboards, and changes nothing', async () => {
      const { store } = await make({}, { maxCounters: 3, maxDashboards: 2 });
      await store.define('a', { title: 'A', ...counters('one', 'two') });
      await expect(store.define('b', counters('1', '2', '3', '4'))).rejects.toMatchObject({
        code: 'too-many-counters',
      });
      await store.define('b', counters('one', 'two', 'three'));
      const before = await store.readAllDashboards();
      const tooMany = store.define('a', { title: 'B', counters: { one: { unit: 'x' }, three: {}, four: {} } });
      await expect(tooMany).rejects.toMatchObject({
        code: 'too-many-counters',
        message: 'a would have 4 counters: at most 3 are allowed',
      });
      await expect(store.define('c', counters())).rejects.toMatchObject({
        code: 'too-many-dashboards',
        message: 'cannot create another dashboard: there are 2 already',
      });
      expect(await store.readAllDashboards()).toEqual(before);
      expect(await store.readLedger('a', 0, 10)).toEqual([]);
      expect(await store.define('a', counters('one', 'three'))).toMatchObject({ outcome: { revision: 1 } });
      await store.remove('a', 'two');
      expect(await store.define('a', counters('four'))).toMatchObject({ outcome: { revision: 3 } });
      await store.remove('b');
      expect(await store.define('c', counters())).toMatchObject({ created: true });
    });
  });
}
