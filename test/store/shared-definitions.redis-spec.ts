/** Definitions and days of a dashboard that several instances change. */
import { Logger } from '@nestjs/common';
import { filter, firstValueFrom } from 'rxjs';
import { changeOrders } from '../../src/store/contract/fixtures.contract.js';
import { RedisKeys } from '../../src/store/redis/keys.js';
import type { RedisStore, RedisStoreOptions } from '../../src/store/redis/redis.store.js';
import { BUCKETS, type CounterSums, DAY_ROWS, type GaugeLevels } from '../../src/store/store.js';
import { eventually } from '../support/cleanup.js';
import { FakedClock } from '../support/faked-clock.js';
import { createPrefix, getSharedRedis, openRedisStore, startRedis } from '../support/redis-server.js';
import { DAY_MS } from '../support/times.js';

const EVER = Number.MAX_SAFE_INTEGER;

beforeAll(() => Logger.overrideLogger(false));

async function openTwo(options: Partial<RedisStoreOptions> = {}) {
  const server = await getSharedRedis();
  const prefix = createPrefix();
  const open = () => openRedisStore(server.url, { prefix, ...options });
  const [first, second] = [await open(), await open()];
  await first.define('main', { title: 'Main', counters: { orders: {} } });
  return { server, first, second, dashboardKey: new RedisKeys(prefix).toDashboardKey('main') };
}

/** Reads what was added to `orders` in rows of days that start in a range. */
async function readAdded(store: RedisStore, start = 0, end = EVER): Promise<bigint | undefined> {
  const sums = (await store.readSums('main', ['orders'], [{ ...DAY_ROWS, start, end }])).get('orders') as CounterSums;
  return sums.sums[0]?.added;
}

it('an instance that watches learns of a new definition, and one that defines plans again if another was faster', async () => {
  const { first, second } = await openTwo();
  await second.subscribe('main');
  const reloaded = firstValueFrom(second.events$.pipe(filter(({ kind }) => kind === 'reloaded')));
  await first.define('main', { title: 'Shop', counters: { orders: { unit: 'kg' } } });
  expect(await reloaded).toMatchObject({ dashboard: { version: 2, revision: 0, settings: { title: 'Shop' } } });

  const stores = [first, second];
  const counters = Array.from({ length: 20 }, (_, index) => `c${index}`);
  const defined = await Promise.all(
    counters.map((counter, index) => (stores[index % 2] as RedisStore).define('main', { counters: { [counter]: {} } })),
  );
  expect(defined.every(({ changed }) => changed)).toBe(true);
  const dashboard = await first.readDashboard('main');
  expect([dashboard.version, dashboard.revision, dashboard.counters.size]).toEqual([22, 20, 21]);

  const expected = { epoch: dashboard.epoch, version: dashboard.version };
  const settled = await Promise.allSettled(
    stores.map((store, index) => store.define('main', { title: `${index}`, counters: {} }, { expected })),
  );
  expect(settled.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(settled.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'definition-changed' } });
  const removed = await Promise.allSettled(stores.map((store) => store.remove('main', 'c0')));
  expect(removed.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'unknown-counter' } });
  expect((await second.readDashboard('main')).version).toBe(24);
});

it('a definition that changes nothing writes nothing and publishes nothing', async () => {
  const { server, first, second, dashboardKey } = await openTwo();
  await second.subscribe('main');
  const before = await server.command('DUMP', dashboardKey);
  const events: unknown[] = [];
  second.events$.subscribe((event) => events.push(event));
  expect(await first.define('main', { title: 'Main', counters: { orders: {} } })).toMatchObject({ changed: false });
  expect(await server.command('DUMP', dashboardKey)).toEqual(before);
  await first.apply(changeOrders(1));
  await eventually(() => events.length > 0);
  expect(events).toMatchObject([{ kind: 'applied', outcome: { revision: 1 } }]);
});

it('a definition that the server has lost, as after a failover, leaves a new epoch behind', async () => {
  const { server, first, second, dashboardKey } = await openTwo();
  await first.subscribe('main');
  const { epoch, version } = (await first.define('main', { title: 'Lost', counters: {} })).dashboard;
  await server.command('HSET', dashboardKey, 'version', version - 1, 'settings', '{}');
  await first.apply(changeOrders(1));
  const dashboard = await second.readDashboard('main');
  expect([dashboard.version, dashboard.settings, dashboard.revision]).toEqual([version - 1, {}, 1]);
  expect(dashboard.epoch).not.toBe(epoch);
});

it('a lowest value is compared with the value of the same moment', async () => {
  const { first, second } = await openTwo();
  await first.define('main', { counters: { orders: { min: null } } });
  await second.apply(changeOrders(-3));
  await expect(first.define('main', { counters: { orders: { min: -2 } } })).rejects.toMatchObject({
    code: 'below-minimum',
    message: 'orders is at -3: its lowest value cannot be -2',
  });
  expect(await first.define('main', { counters: { orders: { min: -3 } } })).toMatchObject({ changed: true });
  await expect(second.apply(changeOrders(-1))).rejects.toMatchObject({
    message: 'cannot remove 1 from orders: it is at -3, and its lowest value is -3',
  });
});

it('a change is booked in the day of the zone that another instance has just set', async () => {
  const { first, second } = await openTwo({ timeZone: 'Asia/Kathmandu' });
  // Each zone has a day that began at another moment than that of all others.
  const zones = ['Asia/Tokyo', 'America/New_York', undefined, 'Asia/Kolkata'];
  for (const timeZone of zones) {
    await first.remove('main');
    await first.define('main', { ...(timeZone && { timeZone }), counters: { orders: {} } });
    await second.apply(changeOrders(1));
    const { day } = await first.readDashboard('main');
    const start = new Intl.DateTimeFormat('en', {
      timeZone: timeZone ?? 'Asia/Kathmandu',
      timeStyle: 'short',
      hourCycle: 'h23',
    });
    expect([start.format(day?.start), start.format(day?.end)]).toEqual(['00:00', '00:00']);
    expect(await readAdded(second, day?.start, day?.end)).toBe(1n);
  }
});

it('the day of a dashboard ends while instances count, and keeps its start when its zone changes', async () => {
  const { server, first, second, dashboardKey } = await openTwo();
  const today = Date.now() - (Date.now() % DAY_MS);
  const end = Date.now() + 500;
  await server.command('HSET', dashboardKey, 'day-start', today - DAY_MS, 'day-end', end);
  let [sent, isOver] = [0, false];
  while (!isOver) {
    isOver = Date.now() > end + 200;
    await Promise.all([first, second].map((store) => store.applyAll([changeOrders(1), changeOrders(1)])));
    sent += 4;
  }
  const ledger = await first.readLedger('main', 0, 10_000);
  const before = BigInt(ledger.filter(({ at }) => at < end).length);
  expect(await readAdded(first, today - DAY_MS, today)).toBe(before);
  expect(await readAdded(first, today)).toBe(BigInt(sent) - before);
  expect(await first.readDashboard('main')).toMatchObject({ day: { start: today, end: today + DAY_MS } });
  await second.define('main', { timeZone: 'Pacific/Kiritimati', counters: {} });
  const { day } = await first.readDashboard('main');
  expect(day?.start).toBe(today);
  // Midnight of Kiritimati is at 10:00 UTC.
  expect([(day?.end ?? 0) % DAY_MS, (day?.end ?? 0) - Date.now() < DAY_MS]).toEqual([10 * 3_600_000, true]);
});

it('what was booked ahead of the clock of Redis moves into the present day', async () => {
  const clock = new FakedClock();
  const redis = await startRedis({ env: clock.redisEnv });
  const store = await openRedisStore(redis.url, { clockSettleMs: 0 });
  await store.define('main', { counters: { orders: {}, queue: { kind: 'gauge' } } });
  const setQueue = (to: number) => store.apply({ dashboard: 'main', changes: [{ counter: 'queue', to }] });
  await store.apply(changeOrders(1));
  await setQueue(5);
  for (const days of [2, 3, 4]) {
    clock.setOffset(days * DAY_MS);
    await eventually(async () => (await store.apply(changeOrders(10))).at > Date.now() + (days - 0.5) * DAY_MS);
    await setQueue(days);
  }
  const { epoch, counters } = await store.readDashboard('main');
  clock.setOffset(0);
  await eventually(async () => (await store.readDashboard('main')).epoch !== epoch);
  const { day } = await store.readDashboard('main');
  const start = Date.now() - (Date.now() % DAY_MS);
  expect(day).toEqual({ start, end: start + DAY_MS });
  const range = { ...DAY_ROWS, start, end: start + DAY_MS };
  const sums = await store.readSums('main', ['orders', 'queue'], [range, { ...range, start: range.end, end: EVER }]);
  const [orders, queue] = [sums.get('orders') as CounterSums, sums.get('queue') as GaugeLevels];
  const added = counters.get('orders')?.added;
  expect(orders.sums.map((sum) => sum.added)).toEqual([added, 0n]);
  expect(queue.levels[0]).toEqual({ value: 4, least: 0, most: 5 });
  for (const { stepMs } of BUCKETS) {
    const series = (await store.readPoints('main', ['orders'], stepMs, 0, EVER)).get('orders');
    expect(series?.points.every(({ at }) => at <= Date.now())).toBe(true);
  }
});
