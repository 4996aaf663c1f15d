/** Patches between instances that are lost, repeated, late or forged: viewers end up to date and never go back. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { RedisKeys } from '../../src/store/redis/keys.js';
import { CHANGE_SCRIPT } from '../../src/store/redis/lua-scripts.js';
import type { DashboardPatch } from '../../src/store/redis/reply-codec.js';
import { createApplyCall } from '../../src/store/redis/script-executor.js';
import { RedisUrl } from '../../src/config/redis-url.js';
import { startApi } from '../support/api-client.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { createPrefix, getSharedRedis } from '../support/redis-server.js';
import { watchV1 } from '../support/websocket-viewer.js';

async function startWatched() {
  const server = await getSharedRedis();
  const prefix = createPrefix();
  const place = { STORE: 'redis', REDIS_URL: RedisUrl.parse(server.url), REDIS_PREFIX: prefix } as const;
  const [one, other] = [await startApi(place), await startApi(place)];
  const keys = new RedisKeys(prefix);
  const client = new Redis(server.port);
  afterTest(() => client.disconnect());
  return { one, other, keys, client, channel: keys.toDashboardKey('main') };
}

/** Adds a customer and loses the patch: it is published to a channel without subscribers. */
async function signUpUnheard(client: Redis, keys: RedisKeys): Promise<void> {
  const { counters, args } = createApplyCall('main', [
    { dashboard: 'main', changes: [{ counter: 'customers', by: 1 }] },
  ]);
  const all = keys.toScriptKeys('main', randomUUID(), counters);
  const retention = ['86400000', '86400000', '1000'];
  const head = ['nowhere', '1', '1000', String(Date.now() + 60_000), '', '0', randomUUID(), ...retention, '0', 'apply'];
  await client.eval(CHANGE_SCRIPT, all.length, ...all, ...head, counters.length, ...counters, ...args);
}

it('a lost patch is noticed when the next one arrives', async () => {
  const { one, other, keys, client } = await startWatched();
  const viewer = await watchV1(other.url);
  for (let rounds = 1; rounds <= 5; rounds += 1) {
    await signUpUnheard(client, keys);
    await one.call('POST /order');
    await viewer.waitForValues({ orders: rounds, customers: rounds });
  }
  expect(viewer.closed).toBeUndefined();
});

it('a lost patch with none after it is found by the check of quiet dashboards', async () => {
  const { other, keys, client } = await startWatched();
  const viewer = await watchV1(other.url);
  await signUpUnheard(client, keys);
  await viewer.waitForValues({ customers: 1 });
  expect(viewer.states.map(({ revision }) => revision)).toEqual([0, 1]);
});

it('viewers of an instance see what a response of it has just shown, even if the patch is lost', async () => {
  const { other, keys, client } = await startWatched();
  const early = await watchV1(other.url);
  for (let customers = 1; customers <= 5; customers += 1) {
    await signUpUnheard(client, keys);
    expect((await other.call('GET /dashboard')).body).toMatchObject({ counters: { customers } });
    expect((await watchV1(other.url)).states).toMatchObject([{ revision: customers, counters: { customers } }]);
    await early.waitForValues({ customers });
  }
});

it('patches that are repeated, late, early or of another epoch change nothing', async () => {
  const { one, other, client, channel } = await startWatched();
  const viewers = [await watchV1(one.url), await watchV1(other.url)];
  const listener = client.duplicate();
  afterTest(() => listener.disconnect());
  const patches: string[] = [];
  listener.on('smessage', (_channel: string, text: string) => patches.push(text));
  await listener.ssubscribe(channel);
  for (let orders = 0; orders < 10; orders += 1) await one.call('POST /order');
  await eventually(() => patches.length === 10);
  const [first = '{}'] = patches;
  const forged = JSON.parse(first) as DashboardPatch;
  const news: DashboardPatch[] = [
    { ...forged, from: 40, revision: 41, counters: { orders: 41 } },
    { ...forged, epoch: randomUUID(), from: 10, revision: 11, counters: { orders: 999 } },
    { epoch: forged.epoch, revision: 99 },
  ];
  const again = patches.splice(0);
  for (const text of [...again.toReversed(), ...news.map((patch) => JSON.stringify(patch)), ...again]) {
    await client.spublish(channel, text);
  }
  await eventually(() => patches.length === 23);
  await one.call('POST /order');
  for (const viewer of viewers) {
    await viewer.waitForValues({ orders: 11 });
    expect(viewer.states.map(({ counters }) => counters['orders']).filter((orders = 0) => orders > 11)).toEqual([]);
    expect(viewer.closed).toBeUndefined();
  }
});
