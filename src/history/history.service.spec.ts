/** A change that arrives between two reads of a history is included as a whole or not at all, whatever its time. */
import { Clock } from '../clock/clock.js';
import { Config } from '../config/config.js';
import type { ChangeSet } from '../counters/counters.js';
import { DashboardService } from '../dashboard/dashboard.service.js';
import { ExclusiveStateCache } from '../dashboard/state/exclusive-state-cache.js';
import { MemoryStore } from '../store/memory/memory.store.js';
import { HistoryService } from './history.service.js';

const RETENTION = { keyTtlMs: 60_000, ledgerRetentionMs: 60_000, maxLedgerEntries: 1_000 };
const LIMITS = { maxCounters: 10, maxDashboards: 10 };
const NAMES = ['orders', 'customers', 'products'];
const CHANGE: ChangeSet = {
  dashboard: 'main',
  changes: NAMES.flatMap((counter) => [
    { counter, by: 5 },
    { counter, by: -3 },
  ]),
};

/** A store that applies a change before each read, with a clock of its own. */
class BusyStore extends MemoryStore {
  readings = 0;

  constructor(private readonly time: { ms: number; readonly tickMs: number }) {
    const now = (): number => time.ms;
    super(RETENTION, LIMITS, {
      now,
      nowForExpiry: now,
      isSettled: true,
      trust: { timeMs: 0, stoodMs: 0 },
      recall: () => undefined,
    });
  }

  override async readPoints(...args: Parameters<MemoryStore['readPoints']>) {
    this.readings += 1;
    this.time.ms += this.time.tickMs;
    await this.apply(CHANGE);
    return super.readPoints(...args);
  }
}

it.each([
  ['dated some buckets ago, like one that took long to reach the disk', -2_500, 0],
  ['dated now', 0, 0],
  ['dated after the last row, and later each time', 0, 1_000],
  ['dated ahead of this clock', 90_000, 700],
])(
  'a change %s that arrives while a history is read keeps its rows and totals consistent',
  async (_, offMs, tickMs) => {
    const store = new BusyStore({ ms: Date.now() + offMs, tickMs });
    const dashboards = new DashboardService(store, new ExclusiveStateCache(store), new Config(), new Clock(0));
    await dashboards.onModuleInit();
    await dashboards.apply(CHANGE);
    const histories = new HistoryService(dashboards, store, new Clock(0));
    const { counters, totals } = await histories.read(await histories.plan('main', undefined, {}), () => true);
    dashboards.onApplicationShutdown();

    expect(store.readings).toBeGreaterThan(3);
    for (const name of NAMES) {
      const columns = counters.get(name);
      if (columns?.kind !== 'counter') throw new Error(`${name} is a counter`);
      const { value, added, removed } = columns;
      const sums = [added, removed].map((column) => [...column].reduce((sum, one) => sum + one, 0n));
      expect(sums).toEqual([totals?.get(name)?.added, totals?.get(name)?.removed]);
      expect(sums[0]).toBeGreaterThan(0n);
      expect(value.at(-1)).toBe(Number((sums[0] ?? 0n) - (sums[1] ?? 0n)));
    }
  },
);

it('a counter that is deleted before it is read is left out of all counters, and is unknown to a request that names it', async () => {
  const store = new MemoryStore(RETENTION, LIMITS, new Clock(0));
  const dashboards = new DashboardService(store, new ExclusiveStateCache(store), new Config(), new Clock(0));
  await dashboards.onModuleInit();
  await dashboards.define('main', { counters: { brief: {} } });
  const histories = new HistoryService(dashboards, store, new Clock(0));
  const ofAll = await histories.plan('main', undefined, {});
  const ofOne = await histories.plan('main', new Set(['orders', 'brief']), {});
  await dashboards.remove('main', 'brief');
  expect([...(await histories.read(ofAll, () => true)).counters.keys()]).toEqual(NAMES);
  await expect(histories.read(ofOne, () => true)).rejects.toMatchObject({ code: 'unknown-counter' });
  dashboards.onApplicationShutdown();
});

it('the current row is included from its first millisecond', async () => {
  const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  const clock = import.meta.jest.spyOn(Date, 'now').mockReturnValue(hour);
  try {
    const store = new BusyStore({ ms: hour, tickMs: 0 });
    const dashboards = new DashboardService(store, new ExclusiveStateCache(store), new Config(), new Clock(0));
    await dashboards.onModuleInit();
    const histories = new HistoryService(dashboards, store, new Clock(0));
    const { at, totals } = await histories.read(await histories.plan('main', undefined, {}), () => true);
    expect(at.at(-1)).toBe(hour);
    expect([...(totals?.keys() ?? [])]).toEqual(NAMES);
    dashboards.onApplicationShutdown();
  } finally {
    clock.mockRestore();
  }
});

it('a gauge keeps the least and the most of each row, also when rows are thinned', async () => {
  const time = { ms: Date.UTC(2026, 10, 29), tickMs: 0 };
  const store = new MemoryStore(RETENTION, LIMITS, {
    now: () => time.ms,
    nowForExpiry: () => time.ms,
    isSettled: true,
    trust: { timeMs: 0, stoodMs: 0 },
    recall: () => undefined,
  });
  const dashboards = new DashboardService(store, new ExclusiveStateCache(store), new Config(), new Clock(0));
  await dashboards.onModuleInit();
  await dashboards.define('shop', { counters: { queue: { kind: 'gauge' }, orders: {} } });
  const start = time.ms;
  // Three levels a second, of which the middle one is the highest; one peak and one trough among 7,000 rows.
  for (let second = 0; second < 7_000; second += 1) {
    for (const to of [5, second === 4_321 ? 99 : 7, second === 1_234 ? 0 : 6]) {
      await store.apply({ dashboard: 'shop', changes: [{ counter: 'queue', to }] });
    }
    time.ms += 1_000;
  }
  const histories = new HistoryService(dashboards, store, Object.assign(new Clock(0), { now: () => time.ms }));
  const query = { from: start, to: time.ms, step: 1_000 };
  const { at, counters, totals } = await histories.read(await histories.plan('shop', undefined, query), () => true);
  dashboards.onApplicationShutdown();
  const columns = counters.get('queue');
  if (columns?.kind !== 'gauge') throw new Error('queue is a gauge');
  expect(at.length).toBeLessThanOrEqual(5_000);
  expect([Math.min(...columns.least), Math.max(...columns.most)]).toEqual([0, 99]);
  expect(columns.most[at.indexOf(start + 4_321_000)]).toBe(99);
  expect(columns.least[at.indexOf(start + 1_234_000)]).toBe(0);
  expect([columns.value.at(-1), [...(totals?.keys() ?? [])]]).toEqual([6, []]);
  expect(columns.value.some((value, row) => value < (columns.least[row] ?? 0))).toBe(false);
});
