/** Store contract: what a store does when its clock was wrong. For stores that are given their clock. */
import { firstValueFrom } from 'rxjs';
import { BUCKETS } from '../store.js';
import { describeStoreDays } from './days.contract.js';
import {
  changeOrders,
  createMainStore,
  readCounterPoints,
  START_MS,
  type StoreFactory,
  TestClock,
} from './fixtures.contract.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export function describeStoreClock(name: string, make: StoreFactory): void {
  describe(`${name}: the clock`, () => {
    it('dates to now what was booked ahead of the clock, and continues in a new epoch', async () => {
      const clock = new TestClock();
      const { store } = await createMainStore((retention, limits) => make(retention, limits, clock));
      clock.expiryMs = START_MS;
      await store.apply(changeOrders(5, { key: 'before' }));
      const { epoch } = await store.readDashboard('main');
      clock.nowMs = START_MS + DAY_MS;
      const wrong = await store.apply(changeOrders(7, { key: 'wrong' }));
      clock.nowMs += 2 * MINUTE_MS;
      await store.apply(changeOrders(-2));
      clock.isSettled = false;
      clock.nowMs = START_MS + 3_000;
      expect(await store.apply(changeOrders(1))).toMatchObject({ at: START_MS + DAY_MS + 2 * MINUTE_MS });

      const healed = firstValueFrom(store.events$);
      clock.isSettled = true;
      expect(await healed).toMatchObject({ kind: 'reloaded', dashboard: { name: 'main', revision: 4 } });
      const dashboard = await store.readDashboard('main');
      expect(dashboard).toMatchObject({ revision: 4, at: START_MS + 3_000 });
      expect(dashboard.epoch).not.toBe(epoch);
      expect(await store.apply(changeOrders(1))).toMatchObject({ revision: 5, at: START_MS + 3_000 });

      const ledger = await store.readLedger('main', 0, 10);
      expect(ledger.map(({ revision, at }) => [revision, at - START_MS])).toEqual([
        [1, 0],
        [2, 3_000],
        [3, 3_000],
        [4, 3_000],
        [5, 3_000],
      ]);
      for (const { stepMs } of BUCKETS) {
        const points = await readCounterPoints(store, 'orders', stepMs);
        const start = START_MS + 3_000 - ((START_MS + 3_000) % stepMs);
        expect(points.at(-1)).toMatchObject({ at: start, value: 12 });
        expect(points.reduce((sum, { added, removed }) => sum + added - removed, 0n)).toBe(12n);
        expect(points.reduce((sum, { added }) => sum + added, 0n)).toBe(14n);
      }
      const replay = await store.apply(changeOrders(7, { key: 'wrong' }));
      expect(replay).toMatchObject({ revision: wrong.revision, counters: wrong.counters, replayed: true });
      // The key expires as if it had been used now.
      clock.expiryMs = undefined;
      clock.nowMs += 25 * 3 * 3_600_000;
      expect(await store.apply(changeOrders(7, { key: 'wrong' }))).toMatchObject({ replayed: false });
    });

    it('never dates a change before the last one, as long as the clock is a minute behind at most', async () => {
      const clock = new TestClock();
      const { store } = await createMainStore((retention, limits) => make(retention, limits, clock));
      const { epoch } = await store.readDashboard('main');
      await store.apply(changeOrders(1));
      clock.nowMs -= MINUTE_MS;
      expect(await store.apply(changeOrders(1))).toMatchObject({ revision: 2, at: START_MS });
      await store.define('other', { counters: {} });
      expect(await store.readDashboard('main')).toMatchObject({ epoch, at: START_MS });
    });

    it('lets keys expire by the time for expiry', async () => {
      const clock = new TestClock();
      const { store } = await createMainStore((retention, limits) => make(retention, limits, clock));
      await store.apply(changeOrders(1, { key: 'k' }));
      clock.nowMs += 400 * DAY_MS;
      clock.expiryMs = START_MS + 1_000;
      expect(await store.apply(changeOrders(1, { key: 'k' }))).toMatchObject({ replayed: true });
      clock.expiryMs = undefined;
      expect(await store.apply(changeOrders(1, { key: 'k' }))).toMatchObject({ replayed: false });
    });
  });

  describeStoreDays(name, make);
}
