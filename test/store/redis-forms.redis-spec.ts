/** Data of another version, and other databases of the server: neither is mixed with what an instance shows. */
import { Logger } from '@nestjs/common';
import { RedisKeys } from '../../src/store/redis/keys.js';
import { RedisUrl } from '../../src/config/redis-url.js';
import { startApi } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { getRedisEndpoint } from '../support/redis-endpoint.js';
import { createPrefix, getSharedRedis, openRedisStore } from '../support/redis-server.js';
import { watchV1 } from '../support/websocket-viewer.js';

const ORDER = { dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] };

beforeAll(() => Logger.overrideLogger(false));

it('viewers of one database see nothing of another one with the same prefix, and keep their epoch', async () => {
  const server = await getSharedRedis();
  const prefix = createPrefix();
  const startOn = (database: number) =>
    startApi({
      STORE: 'redis',
      REDIS_URL: RedisUrl.parse(`${server.url}/${database}`),
      REDIS_PREFIX: prefix,
      BROADCAST_MIN_MS: 0,
    });
  const original = await startOn(0);
  await original.call('POST /order');
  // A move from one database to another: the same epoch in both.
  for (const key of (await server.command('KEYS', `${prefix}:*`)) as string[]) {
    await server.command('COPY', key, key, 'DB', 1);
  }
  const copy = await startOn(1);
  const { epoch } = (await copy.call('GET /dashboard')).body;
  expect((await original.call('GET /dashboard')).body.epoch).toBe(epoch);
  const [viewer, other] = [await watchV1(copy.url), await watchV1(original.url)];
  for (let order = 0; order < 3; order += 1) await original.call('POST /order');
  await other.waitForValues({ orders: 4 });
  await copy.call('POST /order');
  await viewer.waitForValues({ orders: 2 });
  expect(viewer.states.map(({ revision, counters }) => [revision, counters['orders']])).toEqual([
    [1, 1],
    [2, 2],
  ]);
  expect((await copy.call('GET /dashboard')).body).toMatchObject({ epoch, revision: 2 });
});

it('an instance refuses data of another form: at the start, in every change, and in export and import', async () => {
  const server = await getSharedRedis();
  const prefix = createPrefix();
  const keys = new RedisKeys(prefix);
  const store = await openRedisStore(server.url, { prefix });
  await store.define('main', { counters: { orders: {} } });
  await store.define('shop', { counters: { orders: {} } });
  await store.apply(ORDER);

  // A newer version moves main on, and has not come to shop yet.
  await server.command('SET', keys.formKey, '4');
  await server.command('HSET', keys.toDashboardKey('main'), 'form', '4');
  await expect(store.apply(ORDER)).rejects.toThrow(
    /^main has data form 4, this version has form 3: run the same version on all instances.*; nothing was counted$/,
  );
  await expect(store.ping()).rejects.toThrow();
  await expect(store.readDashboard('main')).rejects.toThrow(/main has data form 4/);
  await expect(store.define('new', { counters: { orders: {} } })).rejects.toThrow(
    new RegExp(`the prefix ${prefix} has data form 4`),
  );
  expect(await store.apply({ ...ORDER, dashboard: 'shop' })).toMatchObject({ revision: 1 });
  const { openImport, openExport } = getRedisEndpoint(server.url, prefix);
  for (const open of [() => openRedisStore(server.url, { prefix }), openImport, openExport]) {
    await expect(open()).rejects.toThrow(new RegExp(`the prefix ${prefix} has data form 4, this version has form 3`));
  }

  await server.command('SET', keys.formKey, '3');
  await server.command('HSET', keys.toDashboardKey('main'), 'form', '3');
  await eventually(() => store.isAvailable);
  expect(await store.apply(ORDER)).toMatchObject({ revision: 2 });
});
