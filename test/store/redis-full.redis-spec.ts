/** A Redis without free memory answers but refuses changes; the store is unavailable until there is room. */
import { Logger } from '@nestjs/common';
import { eventually } from '../support/cleanup.js';
import { openRedisStore, startRedis } from '../support/redis-server.js';

const ORDER = { dashboard: 'main', changes: [{ counter: 'orders', by: 1 }], key: 'k-1' };
const UNAVAILABLE = expect.objectContaining({ code: 'store-unavailable' }) as Error;

beforeAll(() => Logger.overrideLogger(false));

it('with full memory the store refuses changes and pings but not reads; a change that is retried later counts once', async () => {
  const redis = await startRedis();
  const store = await openRedisStore(redis.url);
  await store.define('main', { counters: { orders: {} } });
  await redis.command('CONFIG', 'SET', 'maxmemory', '1mb');

  await expect(store.apply(ORDER)).rejects.toThrow(/OOM.*; nothing was counted$/);
  // Until there is room, over many probes, not just until the next one.
  let probes = 0;
  await eventually(async () => {
    await expect(store.ping()).rejects.toEqual(UNAVAILABLE);
    await expect(store.apply(ORDER)).rejects.toEqual(UNAVAILABLE);
    return (probes += 1) > 100;
  });
  expect([store.isAvailable, (await store.readDashboard('main')).revision]).toEqual([false, 0]);

  await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  await eventually(() => store.isAvailable);
  await store.ping();
  expect(await store.apply(ORDER)).toMatchObject({ replayed: false, revision: 1 });
  expect(await store.apply(ORDER)).toMatchObject({ replayed: true, revision: 1 });
});
