/** The memory store: the contract of all stores, and expiry on a clock that the test sets. */
import { Clock, type TimeOfDay } from '../../clock/clock.js';
import { MemoryStore } from './memory.store.js';
import { describeStoreClock } from '../contract/clock.contract.js';
import { describeStore } from '../contract/store.contract.js';
import { type StoreFactory, readCounterPoints, readSeries } from '../contract/fixtures.contract.js';
import { BUCKETS, type Limits, MAX_POINTS, type Retention } from '../store.js';

const RETENTION: Retention = { keyTtlMs: 86_400_000, ledgerRetentionMs: 30 * 86_400_000, maxLedgerEntries: 1_000_000 };

const LIMITS: Limits = { maxCounters: 1_000, maxDashboards: 10_000 };

const make: StoreFactory = async (retention, limits, clock = new Clock(0)) => {
  const store = new MemoryStore({ ...RETENTION, ...retention }, { ...LIMITS, ...limits }, clock);
  await store.open();
  return { store };
};

describeStore('MemoryStore', make);
describeStoreClock('MemoryStore', make);

describe('MemoryStore, as time passes', () => {
  const HOUR_MS = 3_600_000;
  let now = 1_700_000_000_000;
  const clock: TimeOfDay = {
    now: () => now,
    nowForExpiry: () => now,
    isSettled: true,
    trust: { timeMs: 0, stoodMs: 0 },
    recall: () => undefined,
  };

  async function openMain(): Promise<MemoryStore> {
    const store = new MemoryStore(RETENTION, LIMITS, clock);
    await store.open();
    await store.define('main', { counters: { orders: {} } });
    return store;
  }

  const change = { dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] };

  it('replays a key until it expires, to the millisecond', async () => {
    const store = await openMain();
    await store.apply({ ...change, key: 'k' });
    now += RETENTION.keyTtlMs - 1;
    expect(await store.apply({ ...change, key: 'k' })).toMatchObject({ replayed: true });
    now += 1;
    expect(await store.apply({ ...change, key: 'k' })).toMatchObject({ replayed: false, revision: 2 });
  });

  it('deletes points of one second after two hours and keeps points of one minute', async () => {
    const store = await openMain();
    for (let second = 0; second < 10; second += 1, now += 1_000) await store.apply(change);
    now += 2 * HOUR_MS + 1_000;
    for (let times = 0; times < 5; times += 1) await store.apply(change);
    const [seconds, minutes] = await Promise.all(
      BUCKETS.map(({ stepMs }) => readCounterPoints(store, 'orders', stepMs)),
    );
    expect(seconds?.map(({ value }) => value)).toEqual([15]);
    expect(minutes?.at(-1)?.value).toBe(15);
    expect(minutes?.reduce((sum, { added }) => sum + added, 0n)).toBe(15n);
  });

  it('does not return a bucket that overlaps the range as the point before it', async () => {
    const store = await openMain();
    const hour = now - (now % HOUR_MS);
    now = hour - 60_000;
    await store.apply(change);
    now = hour + 45 * 60_000;
    await store.apply(change);
    const { before, points } = await readSeries(store, 'orders', 60_000, [hour + 30 * 60_000, hour + HOUR_MS]);
    expect([before?.value, points.map(({ value }) => value)]).toEqual([1, [2]]);
  });

  it('refuses to return more than MAX_POINTS points', async () => {
    const store = await openMain();
    const counters = Array.from({ length: MAX_POINTS / 5_000 + 1 }, (_, index) => `c${index}`);
    await store.define('main', { counters: Object.fromEntries(counters.map((name) => [name, {}])) });
    const changes = counters.map((counter) => ({ counter, by: 1 }));
    for (let second = 1; second < 5_000; second += 1, now += 1_000) await store.apply({ dashboard: 'main', changes });
    const readPointsOf = (names: readonly string[]) =>
      store.readPoints('main', names, 1_000, 0, Number.MAX_SAFE_INTEGER);
    await expect(readPointsOf(counters)).rejects.toMatchObject({ code: 'too-many-points' });
    expect((await readPointsOf(counters.slice(1))).get('c1')?.points.length).toBeGreaterThanOrEqual(4_999);
  });

  it('never dates a change before the previous one, even if the clock goes back', async () => {
    const store = await openMain();
    const { at } = await store.apply(change);
    now -= HOUR_MS;
    expect(await store.apply(change)).toMatchObject({ at });
    expect(await readCounterPoints(store, 'orders', 1_000)).toMatchObject([{ at: at - (at % 1_000), value: 2 }]);
  });
});
