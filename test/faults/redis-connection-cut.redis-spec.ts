/** The way to Redis is cut in the middle of answers, or lets nothing through: what was on its way counts once, with a key or without. */
import { startCutWay } from '../support/cuttable-proxy.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { beginScene, expectRight, startOne, untilBack } from '../support/fault-scene.js';
import type { Service } from '../support/service.js';

const CUTS = 10;
/** Connections by which changes go. */
const isOfChanges = (sent: string): boolean => sent.includes('evalsha');

let redis: RedisServer;
let direct: Service;

beforeAll(async () => {
  redis = await startRedis();
  direct = await startOne(redis.url);
});

it('connections of one instance are cut in the middle of the answers of the script, and all of them while they come back', async () => {
  const way = await startCutWay(redis.port);
  const scene = await beginScene([await startOne(way.url, { REDIS_TIMEOUT_MS: '3000' }), direct]);
  for (let cuts = 0; cuts < CUTS; cuts += 1) {
    await way.cutAfter(1 + cuts * 37, isOfChanges);
    await scene.load.untilCounted(10);
  }
  for (let cuts = 0; cuts < CUTS; cuts += 1) {
    way.cut();
    await scene.load.untilCounted(5);
  }
  await untilBack(scene);
  await expectRight(scene);
  // A group whose answer was cut was sent again: nobody is left without knowing.
  expect(scene.load.sent.filter(({ state }) => state === 'maybe')).toEqual([]);
}, 90_000);

it('the way of one instance lets nothing through any more, and closes nothing', async () => {
  const way = await startCutWay(redis.port);
  const scene = await beginScene([await startOne(way.url), direct]);
  way.stall();
  await Promise.all([scene.load.untilRefused(), scene.readiness[0]?.untilNot(), scene.audience.untilDegraded(1)]);
  way.mend();
  await untilBack(scene);
  await expectRight(scene);
}, 90_000);
