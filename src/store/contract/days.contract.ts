/** Store contract: days of a dashboard. For stores that are given their clock. */
import { firstValueFrom } from 'rxjs';
import { DAY_ROWS, type CounterStore } from '../store.js';
import { changeOrders, START_MS, type StoreFactory, TestClock } from './fixtures.contract.js';

const HOUR_MS = 3_600_000;
const EVER = Number.MAX_SAFE_INTEGER;

/** Reads what was added to `orders` in rows that start from `start` on, up to `end`. */
async function readAdded(store: CounterStore, start = 0, end = EVER): Promise<bigint> {
  const sums = (await store.readSums('main', ['orders'], [{ ...DAY_ROWS, start, end }])).get('orders');
  if (sums?.kind !== 'counter') throw new Error('orders is a counter');
  return sums.sums[0]?.added ?? 0n;
}

export function describeStoreDays(name: string, make: StoreFactory): void {
  describe(`${name}: days`, () => {
    it.each([
      // The clocks of Berlin go back on this day, which has 25 hours.
      ['Europe/Berlin', '00:00', '2026-10-24T22:00Z', 25],
      ['Europe/Berlin', '06:00', '2026-10-24T04:00Z', 25],
      // Havana skips midnight: the day starts at 01:00 local time and has 23 hours.
      ['America/Havana', '00:00', '2026-03-08T05:00Z', 23],
      ['Asia/Kathmandu', '00:00', '2026-11-28T18:15Z', 24],
    ])('of %s that start at %s begin and end with the local day', async (timeZone, dayStartsAt, day, hours) => {
      const clock = new TestClock();
      const { store } = await make({}, {}, clock);
      const start = Date.parse(day);
      clock.nowMs = start - 1;
      await store.define('main', { timeZone, dayStartsAt, counters: { orders: {} } });
      await store.apply(changeOrders(1));
      for (const [after, by] of [
        [0, 10],
        [hours * HOUR_MS - 1, 100],
        [hours * HOUR_MS, 1_000],
      ] as const) {
        clock.nowMs = start + after;
        await store.apply(changeOrders(by));
      }
      const end = start + hours * HOUR_MS;
      expect((await store.readDashboard('main')).day).toMatchObject({ start: end });
      const added = [readAdded(store, 0, start), readAdded(store, start, start + 1), readAdded(store, start, end)];
      expect(await Promise.all(added)).toEqual([1n, 110n, 110n]);
      expect(await Promise.all([readAdded(store, end, end + 1), readAdded(store)])).toEqual([1_000n, 1_111n]);
    });

    it('keep their start when the zone changes, and end with the next start of a new one', async () => {
      const clock = new TestClock();
      const { store, reopen } = await make({}, {}, clock);
      clock.nowMs = Date.parse('2026-11-29T16:00Z');
      await store.define('main', { counters: { orders: {} } });
      await store.apply(changeOrders(1));
      const start = Date.parse('2026-11-29T00:00Z');
      expect((await store.readDashboard('main')).day).toEqual({ start, end: start + 24 * HOUR_MS });
      // Midnight in Tokyo is at 15:00 UTC.
      const end = Date.parse('2026-11-30T15:00Z');
      await store.define('main', { timeZone: 'Asia/Tokyo', counters: {} });
      expect((await store.readDashboard('main')).day).toEqual({ start, end });
      clock.nowMs = end - 1;
      await store.apply(changeOrders(10));
      const current = (await reopen?.()) ?? store;
      clock.nowMs = end;
      await current.apply(changeOrders(100));
      expect(await readAdded(current, start, start + 1)).toBe(11n);
      expect(await readAdded(current, end, end + 1)).toBe(100n);
      expect((await current.readDashboard('main')).day).toEqual({ start: end, end: end + 24 * HOUR_MS });
    });

    it('keep the least and the most of a gauge, with the level that the day began with', async () => {
      const clock = new TestClock();
      const { store } = await make({}, {}, clock);
      await store.define('main', { counters: { queue: { kind: 'gauge' } } });
      const setQueue = (to: number) => store.apply({ dashboard: 'main', changes: [{ counter: 'queue', to }] });
      for (const to of [5, 9, 8]) await setQueue(to);
      const today = clock.nowMs - (clock.nowMs % DAY_ROWS.stepMs);
      const tomorrow = today + DAY_ROWS.stepMs;
      clock.nowMs = tomorrow + HOUR_MS;
      for (const to of [3, 4]) await setQueue(to);
      const ranges = [today, tomorrow, tomorrow + DAY_ROWS.stepMs].map((start) => ({
        ...DAY_ROWS,
        start,
        end: start + DAY_ROWS.stepMs,
      }));
      const levels = (await store.readSums('main', ['queue'], ranges)).get('queue');
      expect(levels).toEqual({
        kind: 'gauge',
        levels: [
          { value: 8, least: 0, most: 9 },
          { value: 4, least: 3, most: 8 },
          { value: 4, least: 4, most: 4 },
        ],
      });
    });

    it('take in what was booked ahead of the clock when the clock heals', async () => {
      const clock = new TestClock();
      const { store } = await make({}, {}, clock);
      await store.define('main', { counters: { orders: {}, queue: { kind: 'gauge' } } });
      const setQueue = (to: number) => store.apply({ dashboard: 'main', changes: [{ counter: 'queue', to }] });
      clock.expiryMs = START_MS;
      await store.apply(changeOrders(1));
      await setQueue(2);
      for (const days of [5, 6]) {
        clock.nowMs = START_MS + days * DAY_ROWS.stepMs;
        await store.apply(changeOrders(10));
        await setQueue(days);
      }
      const healed = firstValueFrom(store.events$);
      clock.nowMs = START_MS;
      await healed;
      const start = START_MS - (START_MS % DAY_ROWS.stepMs);
      const end = start + DAY_ROWS.stepMs;
      expect((await store.readDashboard('main')).day).toEqual({ start, end });
      const sums = await store.readSums('main', ['orders', 'queue'], [{ ...DAY_ROWS, start, end }]);
      expect([...sums.values()]).toMatchObject([
        { totals: { added: 21n }, sums: [{ added: 21n, value: 21 }] },
        { levels: [{ value: 6, least: 0, most: 6 }] },
      ]);
      expect(await readAdded(store, end)).toBe(0n);
    });
  });
}
