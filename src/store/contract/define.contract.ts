/** Store contract: defining dashboards and counters. */
import type { CounterDefinition } from '../../counters/definition.js';
import {
  type StoreFactory,
  createMainStore,
  changeOrders,
  readCounterPoints,
  yieldThenReopen,
  testOf,
} from './fixtures.contract.js';
import type { DashboardDefinition, DefinedDashboard, DefineOptions } from '../store.js';

const counters = (...names: readonly string[]): DashboardDefinition => ({
  counters: Object.fromEntries(names.map((name) => [name, {}])),
});

export function describeStoreDefine(name: string, make: StoreFactory): void {
  describe(`${name}: define`, () => {
    testOf('settings', make)(
      'creates a dashboard, and later replaces its settings and the definitions of the named counters',
      async () => {
        const opened = await make();
        const { store } = opened;
        const b = { title: 'B', unit: 'kg', min: null, headline: 'day', goodWhen: 'down' } as const;
        const settings = {
          title: 'Shop',
          timeZone: 'Europe/Berlin',
          dayStartsAt: '06:00',
          weekStartsOn: 'sunday',
          measures: { basket: { ratio: ['a', 'b'], scale: 2, thresholds: [{ at: 1.5, level: 'good' }] } },
          layout: { groups: [{ title: 'Top', tiles: [{ show: 'basket', size: 'large' }, { show: 'a' }] }] },
        } as const;
        const created = await store.define('shop', { ...settings, counters: { a: { title: 'A', singular: 'a' }, b } });
        expect(created).toMatchObject({
          created: true,
          changed: true,
          dashboard: { name: 'shop', settings, version: 1 },
        });
        expect([created.dashboard.revision, 'outcome' in created, 'day' in created.dashboard]).toEqual([
          0,
          false,
          false,
        ]);
        await store.apply({ dashboard: 'shop', changes: [{ counter: 'a', by: 2 }] });
        const replaced = await store.define('shop', { counters: { b: { title: 'B' } } });
        const { dashboard } = replaced;
        expect([replaced.created, replaced.changed, dashboard.epoch]).toEqual([false, true, created.dashboard.epoch]);
        expect([dashboard.version, dashboard.revision, dashboard.settings]).toEqual([2, 1, {}]);
        expect(replaced).not.toHaveProperty('outcome');
        expect(Object.fromEntries(dashboard.counters)).toEqual({
          a: { definition: { title: 'A', singular: 'a' }, value: 2, added: 2n, removed: 0n },
          b: { definition: { title: 'B' }, value: 0, added: 0n, removed: 0n },
        });
        for await (const current of yieldThenReopen(opened))
          expect(await current.readAllDashboards()).toEqual([dashboard]);
      },
    );

    testOf('settings', make)('changes nothing if the dashboard is defined like this already', async () => {
      const { store } = await createMainStore(make);
      const definition = { title: 'Main', counters: { orders: { singular: 'order' } } };
      const before = await store.readDashboard('main');
      expect(await store.define('main', definition)).toEqual({ created: false, changed: false, dashboard: before });
      expect(await store.readDashboard('main')).toEqual(before);
    });

    it('compares the expected version in the same step', async () => {
      const { store } = await createMainStore(make);
      const { epoch, version } = await store.readDashboard('main');
      const changed = { code: 'definition-changed' };
      const define = (title: string, expected: DefineOptions['expected']) =>
        store.define('main', { title, counters: {} }, expected && { expected });
      const settled = await Promise.allSettled([
        define('A', { epoch, version }),
        define('B', { epoch, version }),
        define('C', { epoch, version: version + 1 }),
        define('D', { epoch: `${epoch}x`, version: version + 2 }),
        define('E', 'absent'),
      ]);
      expect(settled).toMatchObject([
        { value: { changed: true, dashboard: { version: version + 1 } } },
        { reason: changed },
        { value: { dashboard: { version: version + 2, settings: { title: 'C' } } } },
        { reason: changed },
        { reason: changed },
      ]);
      await expect(store.define('other', counters(), { expected: { epoch, version } })).rejects.toMatchObject(changed);
      expect(await store.define('other', counters(), { expected: 'absent' })).toMatchObject({ created: true });
    });

    it('never changes kind and scale of a counter, and gives a new one the digits of its currency', async () => {
      const { store } = await make();
      const define = (definitions: Readonly<Record<string, CounterDefinition>>) =>
        store.define('shop', { counters: definitions });
      const given = { revenue: { currency: 'EUR' }, coins: { currency: 'JPY' }, queue: { kind: 'gauge' } } as const;
      const read = ({ dashboard }: DefinedDashboard): unknown[] =>
        [...dashboard.counters.values()].map(({ definition }) => definition);
      expect(read(await define(given))).toEqual([
        { currency: 'EUR', scale: 2 },
        { currency: 'JPY', scale: 0 },
        given.queue,
      ]);
      const fixed = { code: 'definition-fixed' };
      await expect(define({ revenue: { scale: 3 } })).rejects.toMatchObject(fixed);
      await expect(define({ coins: { scale: 1 }, extra: {} })).rejects.toMatchObject(fixed);
      await expect(define({ queue: { kind: 'counter' } })).rejects.toMatchObject(fixed);
      await expect(define({ revenue: { kind: 'gauge' } })).rejects.toMatchObject(fixed);
      expect(read(await define({ revenue: { currency: 'BHD' }, coins: {}, queue: { unit: 'people' } }))).toEqual([
        { currency: 'BHD', scale: 2 },
        { scale: 0 },
        { unit: 'people', kind: 'gauge' },
      ]);
    });

    it('refuses a minimum above the value, and a name of both a counter and a measure', async () => {
      const { store } = await createMainStore(make);
      await store.apply(changeOrders(4));
      const before = await store.readAllDashboards();
      const define = (definitions: Readonly<Record<string, CounterDefinition>>) =>
        store.define('main', { counters: definitions });
      const belowMinimum = { code: 'below-minimum' };
      await expect(define({ fresh: { min: 1 } })).rejects.toMatchObject(belowMinimum);
      await expect(define({ fresh: {}, orders: { min: 5 } })).rejects.toMatchObject(belowMinimum);
      const measures = { customers: { sum: ['orders'] } };
      await expect(store.define('main', { measures, counters: {} })).rejects.toMatchObject({ code: 'name-taken' });
      expect(await store.readAllDashboards()).toEqual(before);
      await define({ orders: { min: 4 } });
      await expect(store.apply(changeOrders(-1))).rejects.toMatchObject({
        code: 'nothing-to-remove',
        message: 'cannot remove 1 from orders: it is at 4, and its lowest value is 4',
      });
      await define({ orders: { min: null } });
      expect(await store.apply(changeOrders(-9))).toMatchObject({ counters: { orders: -5 } });
      await expect(define({ orders: {} })).rejects.toMatchObject(belowMinimum);
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
      const totals = { counters: added, added, removed: added };
      expect(outcome).toEqual({ dashboard: 'main', revision: 2, at, ...totals, replayed: false });
      expect((await store.readLedger('main', 1, 10))[0]).toEqual({
        revision: 2,
        at,
        changes: Object.keys(added).map((counter) => ({ counter, to: 0, moved: 0 })),
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
