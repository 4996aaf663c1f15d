/**
 * The connection to Redis is cut in the middle of replies, or stalls: calls in flight count once, with a key or
 * without.
 */
import { startCuttableProxy } from '../support/cuttable-proxy.js';
import type { RedisServer } from '../harness/redis-server.js';
import { startRedis } from '../support/redis-server.js';
import { startScenario, expectConsistent, startInstance, waitForRecovery } from '../support/fault-scenario.js';
import type { Service } from '../support/service.js';

const CUTS = 10;
/** True for the connection that carries changes. */
const isOfChanges = (sent: string): boolean => sent.includes('evalsha');

let redis: RedisServer;
let direct: Service;

beforeAll(async () => {
  redis = await startRedis();
  direct = await startInstance(redis.url);
});

it('connections that are cut in the middle of replies, and again while reconnecting, lose and repeat nothing', async () => {
  const way = await startCuttableProxy(redis.port);
  const scene = await startScenario([await startInstance(way.url, { REDIS_TIMEOUT_MS: '3000' }), direct]);
  for (let cuts = 0; cuts < CUTS; cuts += 1) {
    await way.cutAfter(1 + cuts * 37, isOfChanges);
    await scene.clients.waitForAcknowledged(10);
  }
  for (let cuts = 0; cuts < CUTS; cuts += 1) {
    way.cut();
    await scene.clients.waitForAcknowledged(5);
  }
  await waitForRecovery(scene);
  await expectConsistent(scene);
  // Calls whose reply was cut were sent again, so every client knows the result.
  expect(scene.clients.sent.filter(({ state }) => state === 'maybe')).toEqual([]);
}, 90_000);

it('a connection that stalls without closing is noticed, and its instance recovers', async () => {
  const way = await startCuttableProxy(redis.port);
  const scene = await startScenario([await startInstance(way.url), direct]);
  way.stall();
  await Promise.all([
    scene.clients.waitForRefusals(),
    scene.monitors[0]?.waitForUnready(),
    scene.viewers.waitForDegraded(1),
  ]);
  way.restore();
  await waitForRecovery(scene);
  await expectConsistent(scene);
}, 90_000);
