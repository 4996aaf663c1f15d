/** Store contract: reading and closing. */
import type { StoreEvent } from '../store-events.js';
import {
  type StoreFactory,
  createMainStore,
  changeOrders,
  checkWhileChanging,
  readCounterPoints,
  readSeries,
  testOf,
} from './fixtures.contract.js';
import { BUCKETS } from '../store.js';

const [{ stepMs: SECOND }, { stepMs: MINUTE }, { stepMs: HOUR }] = BUCKETS;
const EVER = Number.MAX_SAFE_INTEGER;

export function describeStoreReading(name: string, make: StoreFactory): void {
  describe(`${name}: reading`, () => {
    it('fails for an unknown dashboard or counter, and names it', async () => {
      const { store } = await createMainStore(make);
      const unknownDashboard = { code: 'unknown-dashboard', message: 'there is no dashboard named nowhere' };
      await expect(store.readSnapshot('nowhere')).rejects.toMatchObject(unknownDashboard);
      await expect(store.readLedger('nowhere', 0, 1)).rejects.toMatchObject(unknownDashboard);
      await expect(store.readPoints('nowhere', ['orders'], SECOND, 0, 1)).rejects.toMatchObject(unknownDashboard);
      const unknown = store.readPoints('main', ['orders', 'odrers'], SECOND, 0, 1);
      await expect(unknown).rejects.toMatchObject({ code: 'unknown-counter' });
    });

    it('lists dashboards and their names after a given name, in order, up to a limit', async () => {
      const { store } = await createMainStore(make);
      for (const title of ['shop', 'Shop', 'shop.2']) await store.define(title, { title, counters: { visits: {} } });
      const brief = { revision: 0, counterCount: 1 };
      expect(await store.listDashboards('main', 2)).toEqual([
        { name: 'shop', title: 'shop', ...brief },
        { name: 'shop.2', title: 'shop.2', ...brief },
      ]);
      expect(await store.listDashboardNames('', 10)).toEqual(['Shop', 'main', 'shop', 'shop.2']);
      expect(await store.listDashboardNames('Shop', 1)).toEqual(['main']);
      await store.remove('shop');
      expect(await store.listDashboardNames('main', 10)).toEqual(['shop.2']);
    });

    testOf('senders', make)('returns ledger entries after a revision, oldest first, up to a limit', async () => {
      const { store } = await createMainStore(make);
      for (const by of [1, 2, 3, 4]) await store.apply(changeOrders(by));
      const entries = await store.readLedger('main', 1, 2);
      expect(entries.map(({ revision, changes }) => [revision, changes])).toEqual([
        [2, [{ counter: 'orders', by: 2 }]],
        [3, [{ counter: 'orders', by: 3 }]],
      ]);
      expect(Object.keys(entries[0] ?? {}).toSorted()).toEqual(['at', 'changes', 'revision']);
    });

    it('returns points from the start of a range, inclusive, to its end, exclusive', async () => {
      const { store } = await createMainStore(make);
      const { at } = await store.apply(changeOrders(1));
      const bucket = at - (at % MINUTE);
      const readPointsIn = async (from: number, to: number) =>
        (await readSeries(store, 'orders', MINUTE, [from, to])).points;
      expect(await readPointsIn(bucket, bucket + 1)).toHaveLength(1);
      expect(await readPointsIn(bucket - 9 * MINUTE, bucket)).toEqual([]);
      expect(await readPointsIn(bucket + 1, EVER)).toEqual([]);
      expect(await readCounterPoints(store, 'customers', MINUTE)).toEqual([]);
    });

    it('returns the newest point, of any step, whose bucket ended before the range', async () => {
      const { store } = await createMainStore(make);
      const { at } = await store.apply(changeOrders(7));
      const second = at - (at % SECOND);
      const readBefore = async (from: number, to = EVER) =>
        (await readSeries(store, 'orders', HOUR, [from, to])).before;
      expect(await readBefore(at + 9 * HOUR)).toEqual({ at: second, value: 7, added: 7n, removed: 0n });
      expect(await readBefore(second + SECOND)).toMatchObject({ value: 7 });
      expect(await readBefore(second + SECOND - 1)).toBeUndefined();
      expect(await readBefore(0)).toBeUndefined();
      expect((await readSeries(store, 'customers', HOUR, [EVER - 1, EVER])).before).toBeUndefined();
    });

    it('returns the current totals of a counter, independent of the range', async () => {
      const { store } = await createMainStore(make);
      for (const to of [EVER, 0, 5, 2]) {
        await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', to }] });
      }
      const totals = { added: BigInt(EVER) + 5n, removed: BigInt(EVER) + 3n };
      for (const range of [
        [0, EVER],
        [0, 1],
        [EVER - 1, EVER],
      ] as const) {
        expect(await readSeries(store, 'orders', HOUR, range)).toMatchObject({ totals });
        expect(await readSeries(store, 'customers', HOUR, range)).toMatchObject({ totals: { added: 0n, removed: 0n } });
      }
    });

    it('reads totals and points from one moment while changes are applied', async () => {
      const { store } = await createMainStore(make);
      await checkWhileChanging(store, async () => {
        const { points, totals } = await readSeries(store, 'orders', SECOND);
        expect(points.reduce((sum, { added }) => sum + added, 0n)).toBe(totals.added);
        expect(points.reduce((sum, { removed }) => sum + removed, 0n)).toBe(totals.removed);
        expect(points.at(-1)?.value ?? 0).toBe(Number(totals.added - totals.removed));
      });
    });

    it('returns several counters in the requested order', async () => {
      const { store } = await createMainStore(make);
      await store.apply(changeOrders(7));
      await store.apply({ dashboard: 'main', changes: [{ counter: 'customers', by: 2 }] });
      for (const names of [['customers', 'orders'], ['orders', 'customers'], ['customers'], []]) {
        const series = await store.readPoints('main', names, HOUR, 0, EVER);
        expect([...series.keys()]).toEqual(names);
        expect(series.get('customers')?.points[0]?.value).toBe(names.includes('customers') ? 2 : undefined);
      }
    });

    it('reads every change as soon as it is acknowledged', async () => {
      const { store } = await createMainStore(make);
      for (let revision = 1; revision <= 50; revision += 1) {
        await store.apply(changeOrders(1));
        const [entries, { points }] = await Promise.all([
          store.readLedger('main', revision - 1, 10),
          readSeries(store, 'orders', HOUR),
        ]);
        expect([entries.length, points.at(-1)?.value]).toEqual([1, revision]);
      }
    });

    it('publishes no events for changes made through apply', async () => {
      const { store } = await createMainStore(make);
      const received: StoreEvent[] = [];
      const subscription = store.events$.subscribe((event) => received.push(event));
      await Promise.all([store.apply(changeOrders(1)), store.apply(changeOrders(1))]);
      await store.ping();
      subscription.unsubscribe();
      expect(received).toEqual([]);
    });
  });

  describe(`${name}: close`, () => {
    it('commits what was accepted, can be called twice, and fails later calls with store-unavailable', async () => {
      const { store } = await createMainStore(make);
      await store.ping();
      const accepted = [1, 2, 3].map((by) => store.apply(changeOrders(by)));
      await Promise.all([store.readSnapshot('main'), ...accepted]);
      await store.close();
      await store.close();
      const unavailable = { code: 'store-unavailable' };
      await expect(store.apply(changeOrders(1))).rejects.toMatchObject(unavailable);
      await expect(store.readSnapshot('main')).rejects.toMatchObject(unavailable);
      await expect(store.define('main', { counters: {} })).rejects.toMatchObject(unavailable);
      await expect(store.readAllDashboards()).rejects.toMatchObject(unavailable);
      await expect(store.readLedger('main', 0, 1)).rejects.toMatchObject(unavailable);
      await expect(store.readPoints('main', ['orders'], SECOND, 0, 1)).rejects.toMatchObject(unavailable);
      await expect(store.ping()).rejects.toMatchObject(unavailable);
    });

    it('applies or refuses each change sent at the same time, and keeps those it applied', async () => {
      const { store, reopen } = await createMainStore(make);
      const changes = Array.from({ length: 2_000 }, () => store.apply(changeOrders(1)));
      const closing = store.close();
      const settled = await Promise.allSettled(changes);
      await closing;
      const counted = settled.filter(({ status }) => status === 'fulfilled').length;
      const reopened = await reopen?.();
      const stored = await reopened?.readSnapshot('main');
      expect(stored?.counters['orders'] ?? counted).toBe(counted);
    });
  });
}
