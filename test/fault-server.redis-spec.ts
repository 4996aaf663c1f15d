/** One Redis that two instances share is killed, held or emptied: what was acknowledged stays, and everything goes on by itself. */
import { eventually } from './lifetime.fixture.js';
import { type RedisServer, startRedis } from './redis.fixture.js';
import { beginScene, expectRight, startTwo, untilAway, untilBack } from './scene.fixture.js';
import type { Service } from './service.fixture.js';

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
}, 30_000);

it.each(['ALL', 'WRITE'])(
  'Redis holds clients for a while: CLIENT PAUSE %s',
  async (kind) => {
    const scene = await beginScene(services);
    await redis.cli('CLIENT', 'PAUSE', 3_000, kind);
    await untilAway(scene);
    await untilBack(scene);
    await expectRight(scene);
  },
  30_000,
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
}, 40_000);

it('the scripts are flushed under load', async () => {
  const scene = await beginScene(services);
  for (let times = 0; times < 5; times += 1) {
    await redis.cli('SCRIPT', 'FLUSH');
    await scene.load.untilCounted(40);
  }
  await expectRight(scene);
  expect(scene.load.refusals).toEqual([]);
}, 30_000);
