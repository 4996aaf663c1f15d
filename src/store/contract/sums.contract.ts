/** Store contract: sums of rows, and removals that measures and layouts know of. */
import { BUCKETS, DAY_ROWS, MAX_SUMS, type RowRange, ROWS } from '../store.js';
import {
  changeOrders,
  checkWhileChanging,
  createMainStore,
  type StoreFactory,
  testOf,
  yieldThenReopen,
} from './fixtures.contract.js';

const [{ stepMs: SECOND }, { stepMs: MINUTE }] = BUCKETS;
const EVER = Number.MAX_SAFE_INTEGER;

export function describeStoreSums(name: string, make: StoreFactory): void {
  describe(`${name}: sums`, () => {
    it('are those of the rows that start in each range, with the totals of the same moment', async () => {
      const opened = await createMainStore(make);
      const { store } = opened;
      const { at } = await store.apply(changeOrders(7));
      await store.apply(changeOrders(-3));
      const second = at - (at % SECOND);
      const ranges: RowRange[] = [
        ...ROWS.map(({ stepMs }) => ({ stepMs, start: 0, end: EVER })),
        { stepMs: MINUTE, start: 0, end: second - (second % MINUTE) },
        { stepMs: SECOND, start: second + 3_600_000, end: EVER },
      ];
      const all = { added: 7n, removed: 3n, value: 4 };
      const none = { added: 0n, removed: 0n, value: 0 };
      for await (const current of yieldThenReopen(opened)) {
        const sums = await current.readSums('main', ['customers', 'orders'], ranges);
        expect([...sums]).toEqual([
          ['customers', { kind: 'counter', totals: { added: 0n, removed: 0n }, sums: ranges.map(() => none) }],
          [
            'orders',
            {
              kind: 'counter',
              totals: { added: 7n, removed: 3n },
              sums: [all, all, all, all, none, { ...none, value: 4 }],
            },
          ],
        ]);
      }
    });

    it('are exact beyond the precision of a double', async () => {
      const { store } = await createMainStore(make);
      for (const to of [EVER, 0, EVER, 3]) {
        await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', to }] });
      }
      const [series] = (await store.readSums('main', ['orders'], [{ ...DAY_ROWS, start: 0, end: EVER }])).values();
      const totals = { added: BigInt(EVER) * 2n, removed: BigInt(EVER) * 2n - 3n };
      expect(series).toEqual({ kind: 'counter', totals, sums: [{ ...totals, value: 3 }] });
    });

    it('are refused for unknown names, and beyond a number of sums', async () => {
      const { store } = await createMainStore(make);
      const range = { stepMs: SECOND, start: 0, end: 1 };
      await expect(store.readSums('nowhere', [], [range])).rejects.toMatchObject({ code: 'unknown-dashboard' });
      await expect(store.readSums('main', ['odrers'], [range])).rejects.toMatchObject({ code: 'unknown-counter' });
      const ranges = Array.from({ length: MAX_SUMS + 1 }, (): RowRange => range);
      await expect(store.readSums('main', ['orders'], ranges)).rejects.toMatchObject({ code: 'too-many-points' });
      expect([...(await store.readSums('main', [], ranges.slice(1)))]).toEqual([]);
    });

    it('are read in one moment while changes are applied', async () => {
      const { store } = await createMainStore(make);
      await checkWhileChanging(store, async () => {
        const ranges = ROWS.map(({ stepMs }) => ({ stepMs, start: 0, end: EVER }));
        const sums = (await store.readSums('main', ['orders'], ranges)).get('orders');
        if (sums?.kind !== 'counter') throw new Error('orders is a counter');
        const value = Number(sums.totals.added - sums.totals.removed);
        expect(sums.sums).toEqual(ranges.map(() => ({ ...sums.totals, value })));
      });
    });
  });

  describe(`${name}: removing a counter`, () => {
    testOf('settings', make)('is refused while a measure needs it, and takes its tiles out of the layout', async () => {
      const opened = await createMainStore(make);
      const { store } = opened;
      const groups = [{ title: 'All', tiles: [{ show: 'orders' }, { show: 'customers', size: 'large' }] }] as const;
      const define = (measures: Record<string, { sum: readonly string[] }>) =>
        store.define('main', { measures, layout: { groups }, counters: {} });
      const { dashboard } = await define({ all: { sum: ['orders', '-customers'] }, two: { sum: ['customers'] } });
      await expect(store.remove('main', 'customers')).rejects.toMatchObject({
        code: 'needed-by-measure',
        message: 'cannot delete customers: needed by all, two',
      });
      expect(await store.readDashboard('main')).toEqual(dashboard);
      await define({ all: { sum: ['orders'] } });
      await store.remove('main', 'customers');
      for await (const current of yieldThenReopen(opened)) {
        expect(await current.readDashboard('main')).toMatchObject({
          version: dashboard.version + 2,
          settings: { measures: { all: { sum: ['orders'] } }, layout: { groups: [{ tiles: [{ show: 'orders' }] }] } },
        });
      }
    });
  });
}
