/** A Redis that has no room: it answers, and takes no changes, and the store says that of it until it does. */
import { Logger } from '@nestjs/common';
import { eventually } from '../support/cleanup.js';
import { openRedisStore, startRedis } from '../support/redis-server.js';

const ORDER = { dashboard: 'main', changes: [{ counter: 'orders', by: 1 }], key: 'k-1' };
const AWAY = expect.objectContaining({ code: 'store-unavailable' }) as Error;

beforeAll(() => Logger.overrideLogger(false));

it('full memory: changes are refused and it is not ready, reads go on; with room again the same key counts once', async () => {
  const redis = await startRedis();
  const store = await openRedisStore(redis.url);
  await store.define('main', { counters: { orders: {} } });
  await redis.command('CONFIG', 'SET', 'maxmemory', '1mb');

  await expect(store.apply(ORDER)).rejects.toThrow(/OOM.*: nothing was counted$/);
  // For as long as there is no room, and not until the next look alone.
  let looks = 0;
  await eventually(async () => {
    await expect(store.ping()).rejects.toEqual(AWAY);
    await expect(store.apply(ORDER)).rejects.toEqual(AWAY);
    return (looks += 1) > 100;
  });
  expect([store.isAvailable, (await store.readDashboard('main')).revision]).toEqual([false, 0]);

  await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  await eventually(() => store.isAvailable);
  await store.ping();
  expect(await store.apply(ORDER)).toMatchObject({ replayed: false, revision: 1 });
  expect(await store.apply(ORDER)).toMatchObject({ replayed: true, revision: 1 });
});
