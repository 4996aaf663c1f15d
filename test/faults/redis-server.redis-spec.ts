/** One Redis that two instances share is killed, held or emptied: what was acknowledged stays, and everything goes on by itself. */
import { watchAll } from '../support/fault-viewers.js';
import { eventually } from '../support/cleanup.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { beginScene, expectRight, startTwo, untilAway, untilBack } from '../support/fault-scene.js';
import type { Service } from '../support/service.js';

let redis: RedisServer;
let services: readonly Service[];

beforeAll(async () => {
  redis = await startRedis();
  services = await startTwo(redis.url);
});

it('Redis is killed and started again under load', async () => {
  const scene = await beginScene(services);
  await redis.kill();
  await untilAway(scene);
  await redis.start();
  await untilBack(scene);
  await expectRight(scene);
}, 90_000);

it.each([
  ['ALL', 10_000],
  ['WRITE', 3_000],
])(
  'Redis holds clients: CLIENT PAUSE %s for %i ms',
  async (kind, forMs) => {
    const scene = await beginScene(services);
    await redis.cli('CLIENT', 'PAUSE', forMs, kind);
    await untilAway(scene);
    await untilBack(scene);
    await expectRight(scene);
  },
  90_000,
);

it('Redis stands still for ten seconds', async () => {
  const scene = await beginScene(services);
  const beganMs = performance.now();
  redis.pause();
  await untilAway(scene);
  await eventually(() => performance.now() - beganMs >= 10_000);
  redis.resume();
  await untilBack(scene);
  await expectRight(scene);
}, 90_000);

it('the scripts are flushed under load', async () => {
  const scene = await beginScene(services);
  for (let times = 0; times < 5; times += 1) {
    await redis.cli('SCRIPT', 'FLUSH');
    await scene.load.untilCounted(40);
  }
  await expectRight(scene);
  expect(scene.load.refusals).toEqual([]);
}, 90_000);

it('the memory of Redis is full for a while', async () => {
  const scene = await beginScene(services);
  await redis.cli('CONFIG', 'SET', 'maxmemory', 1);
  await untilAway(scene);
  await redis.cli('CONFIG', 'SET', 'maxmemory', 0);
  await untilBack(scene);
  await expectRight(scene);
}, 90_000);

it('an operator flushes everything: main begins anew for those who watch it, and what else there was is gone', async () => {
  const [first] = services;
  await fetch(`${first?.url}/dashboards/other`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ counters: { sales: {} } }),
  });
  const others = await watchAll(services, 'other');
  const scene = await beginScene(services);
  await redis.cli('FLUSHALL');
  const { length: sent } = scene.load.sent;
  await scene.audience.untilReset(scene.start.epoch);
  await others.untilGone();
  await untilBack(scene);
  const { epoch } = await expectRight(scene, { sent, from: { revision: 0, counters: {} } });
  expect(epoch).not.toBe(scene.start.epoch);
  expect((await fetch(`${first?.url}/dashboards/other`)).status).toBe(404);
}, 90_000);

it('instances stop in good order while Redis stands still', async () => {
  const scene = await beginScene(services);
  redis.pause();
  await untilAway(scene);
  const stopped = Promise.all(services.map((service) => service.stop()));
  scene.load.giveUp();
  expect(await stopped).toEqual([0, 0]);
}, 90_000);
