/** Store contract: gauges, which keep a level and no totals. */
import { BUCKETS, type GaugeSeries, type StepMs } from '../store.js';
import { type StoreFactory, yieldThenReopen } from './fixtures.contract.js';

const [{ stepMs: SECOND }, , { stepMs: HOUR }] = BUCKETS;
const MAX = Number.MAX_SAFE_INTEGER;

export function describeStoreGauges(name: string, make: StoreFactory): void {
  async function createShop() {
    const opened = await make();
    await opened.store.define('shop', {
      counters: { queue: { kind: 'gauge' }, balance: { kind: 'gauge', min: null }, orders: {} },
    });
    return opened;
  }

  describe(`${name}: gauges`, () => {
    it('keeps the value that was set last, and no totals', async () => {
      const opened = await createShop();
      const { store } = opened;
      const apply = (...changes: readonly ({ by: number } | { to: number })[]) =>
        store.apply({ dashboard: 'shop', changes: changes.map((change) => ({ counter: 'queue', ...change })) });
      expect(await apply({ to: 7 })).toMatchObject({ counters: { queue: 7 }, added: {}, removed: {} });
      expect(await apply({ by: 3 }, { to: 4 }, { by: -1 })).toMatchObject({ counters: { queue: 3 } });
      await expect(apply({ by: -4 })).rejects.toMatchObject({
        code: 'nothing-to-remove',
        message: 'cannot remove 4 from queue: only 3 remain',
      });
      await expect(apply({ to: -1 })).rejects.toMatchObject({
        code: 'nothing-to-remove',
        message: 'cannot set queue to -1: its lowest value is 0',
      });
      await expect(apply({ by: MAX - 2 })).rejects.toMatchObject({ code: 'counter-full' });
      expect((await store.readLedger('shop', 0, 10)).map(({ changes }) => changes)).toEqual([
        [{ counter: 'queue', to: 7, moved: 7 }],
        [
          { counter: 'queue', by: 3 },
          { counter: 'queue', to: 4, moved: -6 },
          { counter: 'queue', by: -1 },
        ],
      ]);
      for await (const current of yieldThenReopen(opened)) {
        const { counters } = await current.readDashboard('shop');
        expect(counters.get('queue')).toEqual({ definition: { kind: 'gauge' }, value: 3, added: 0n, removed: 0n });
      }
    });

    it('never fills, and goes to the limits of both directions', async () => {
      const { store } = await createShop();
      const levels = [MAX, -MAX, MAX, 0, -MAX];
      for (let round = 0; round < 300; round += 1) {
        const changes = levels.map((to) => ({ counter: 'balance', to }));
        await store.applyAll(changes.map((change) => ({ dashboard: 'shop', changes: [change] })));
      }
      expect(await store.readSnapshot('shop')).toMatchObject({ counters: { balance: -MAX } });
      const [first, second, third] = await store.readLedger('shop', 0, 3);
      expect([first, second, third].map((entry) => entry?.changes)).toEqual([
        [{ counter: 'balance', to: MAX, moved: MAX }],
        [{ counter: 'balance', to: -MAX, moved: '-18014398509481982' }],
        [{ counter: 'balance', to: MAX, moved: '18014398509481982' }],
      ]);
    });

    it('has points with the level at the end of each bucket, and with the least and the most of it', async () => {
      const opened = await createShop();
      const { store } = opened;
      const setQueue = (to: number) => store.apply({ dashboard: 'shop', changes: [{ counter: 'queue', to }] });
      for (const to of [5, 9, 2, 4]) await setQueue(to);
      for await (const current of yieldThenReopen(opened)) {
        const read = async (stepMs: StepMs, from = 0) =>
          (await current.readPoints('shop', ['orders', 'queue'], stepMs, from, MAX)).get('queue') as GaugeSeries;
        const { kind, before, points } = await read(HOUR);
        expect([kind, before, points.at(-1)?.value]).toEqual(['gauge', undefined, 4]);
        // The level before the first change, 0, stood in the first bucket.
        expect(Math.min(...points.map(({ least }) => least))).toBe(0);
        expect(Math.max(...points.map(({ most }) => most))).toBe(9);
        const seconds = await read(SECOND);
        expect(seconds.points.map(({ least, value, most }) => least <= value && value <= most)).not.toContain(false);
        expect((await read(SECOND, MAX - 1)).before).toMatchObject({ value: 4 });
        const day = { stepMs: 86_400_000, start: 0, end: MAX } as const;
        const sums = await current.readSums('shop', ['queue', 'balance'], [day, { ...day, start: MAX - 1 }]);
        expect([...sums]).toEqual([
          [
            'queue',
            {
              kind: 'gauge',
              levels: [
                { value: 4, least: 0, most: 9 },
                { value: 4, least: 4, most: 4 },
              ],
            },
          ],
          [
            'balance',
            {
              kind: 'gauge',
              levels: [
                { value: 0, least: 0, most: 0 },
                { value: 0, least: 0, most: 0 },
              ],
            },
          ],
        ]);
      }
    });

    it('is booked at 0 and deleted with its points, whatever its lowest value', async () => {
      const { store } = await createShop();
      await store.apply({ dashboard: 'shop', changes: [{ counter: 'balance', to: -5 }] });
      expect(await store.remove('shop', 'balance')).toMatchObject({ counters: { balance: 0 }, added: {} });
      const [entry] = await store.readLedger('shop', 1, 1);
      expect(entry?.changes).toEqual([{ counter: 'balance', to: 0, moved: 5 }]);
      await store.define('shop', { counters: { balance: { kind: 'gauge', min: 0 } } });
      const [series] = (await store.readPoints('shop', ['balance'], HOUR, 0, MAX)).values();
      // Only the booking of the definition.
      expect(series?.points.map(({ value }) => value)).toEqual([0]);
    });
  });
}
