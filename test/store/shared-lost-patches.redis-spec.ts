/** Patches between instances that are lost, repeated, late or forged: viewers end up to date and never go back. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { DATA_FORM } from '../../src/store/redis/data-form.js';
import { RedisKeys } from '../../src/store/redis/keys.js';
import { DayStarts } from '../../src/store/redis/day-starts.js';
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
  const config = { STORE: 'redis', REDIS_URL: RedisUrl.parse(server.url), REDIS_PREFIX: prefix } as const;
  const [first, second] = [await startApi(config), await startApi(config)];
  const keys = new RedisKeys(prefix);
  const client = new Redis(server.port);
  afterTest(() => client.disconnect());
  return { first, second, keys, client, channel: keys.toChannel('main') };
}

/** Adds a customer and loses the patch: it is published to a channel without subscribers. */
async function signUpWithLostPatch(client: Redis, keys: RedisKeys): Promise<void> {
  const { counters, args } = createApplyCall('main', [
    { dashboard: 'main', changes: [{ counter: 'customers', by: 1 }] },
  ]);
  const scriptKeys = keys.toScriptKeys('main', randomUUID(), counters);
  const retention = ['86400000', '86400000', '1000'];
  const callArgs = [
    'nowhere',
    '1',
    '1000',
    String(Date.now() + 60_000),
    '',
    '0',
    '0',
    randomUUID(),
    ...retention,
    '0',
    String(DATA_FORM),
    String(Date.now()),
    String(Date.now()),
    '00:00',
    new DayStarts('UTC').format('00:00', Date.now()),
    '0',
    'apply',
  ];
  await client.eval(
    CHANGE_SCRIPT.text,
    scriptKeys.length,
    ...scriptKeys,
    ...callArgs,
    counters.length,
    ...counters,
    ...args,
  );
}

it('a lost patch is noticed when the next one arrives', async () => {
  const { first, second, keys, client } = await startWatched();
  const viewer = await watchV1(second.url);
  for (let rounds = 1; rounds <= 5; rounds += 1) {
    await signUpWithLostPatch(client, keys);
    await first.call('POST /order');
    await viewer.waitForValues({ orders: rounds, customers: rounds });
  }
  expect(viewer.closed).toBeUndefined();
});

it('a lost patch with none after it is found by the check of quiet dashboards', async () => {
  const { second, keys, client } = await startWatched();
  const viewer = await watchV1(second.url);
  await signUpWithLostPatch(client, keys);
  await viewer.waitForValues({ customers: 1 });
  expect(viewer.states.map(({ revision }) => revision)).toEqual([0, 1]);
});

it('viewers of an instance see the state of its latest response, even if the patch is lost', async () => {
  const { second, keys, client } = await startWatched();
  const early = await watchV1(second.url);
  for (let customers = 1; customers <= 5; customers += 1) {
    await signUpWithLostPatch(client, keys);
    expect((await second.call('GET /dashboard')).body).toMatchObject({ counters: { customers } });
    expect((await watchV1(second.url)).states).toMatchObject([{ revision: customers, counters: { customers } }]);
    await early.waitForValues({ customers });
  }
});

it('patches that are repeated, late, early or of another epoch change nothing', async () => {
  const { first, second, client, channel } = await startWatched();
  const viewers = [await watchV1(first.url), await watchV1(second.url)];
  const listener = client.duplicate();
  afterTest(() => listener.disconnect());
  const patches: string[] = [];
  listener.on('smessage', (_channel: string, text: string) => patches.push(text));
  await listener.ssubscribe(channel);
  for (let orders = 0; orders < 10; orders += 1) await first.call('POST /order');
  await eventually(() => patches.length === 10);
  const [firstPatch = '{}'] = patches;
  const template = JSON.parse(firstPatch) as DashboardPatch;
  const forgedPatches: DashboardPatch[] = [
    { ...template, from: 40, revision: 41, counters: { orders: 41 } },
    { ...template, epoch: randomUUID(), from: 10, revision: 11, counters: { orders: 999 } },
    { epoch: template.epoch, revision: 99 },
  ];
  const repeated = patches.splice(0);
  for (const text of [...repeated.toReversed(), ...forgedPatches.map((patch) => JSON.stringify(patch)), ...repeated]) {
    await client.spublish(channel, text);
  }
  await eventually(() => patches.length === 23);
  await first.call('POST /order');
  for (const viewer of viewers) {
    await viewer.waitForValues({ orders: 11 });
    expect(viewer.states.map(({ counters }) => counters['orders']).filter((orders = 0) => orders > 11)).toEqual([]);
    expect(viewer.closed).toBeUndefined();
  }
});
