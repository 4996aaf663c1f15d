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
const carriesChanges = (sent: string): boolean => sent.includes('evalsha');

let redis: RedisServer;
let direct: Service;

beforeAll(async () => {
  redis = await startRedis();
  direct = await startInstance(redis.url);
});

it('no change is lost or counted twice if connections are cut in the middle of replies, and again while reconnecting', async () => {
  const proxy = await startCuttableProxy(redis.port);
  const scenario = await startScenario([await startInstance(proxy.url, { REDIS_TIMEOUT_MS: '3000' }), direct]);
  for (let cuts = 0; cuts < CUTS; cuts += 1) {
    await proxy.cutAfter(1 + cuts * 37, carriesChanges);
    await scenario.clients.waitForAcknowledged(10);
  }
  for (let cuts = 0; cuts < CUTS; cuts += 1) {
    proxy.cutAll();
    await scenario.clients.waitForAcknowledged(5);
  }
  await waitForRecovery(scenario);
  await expectConsistent(scenario);
  // Calls whose reply was cut were sent again, so every client knows the result.
  expect(scenario.clients.sent.filter(({ state }) => state === 'unknown')).toEqual([]);
});

it('a connection that stalls without closing is noticed, and its instance recovers', async () => {
  const proxy = await startCuttableProxy(redis.port);
  const scenario = await startScenario([await startInstance(proxy.url), direct]);
  proxy.stall();
  await Promise.all([
    scenario.clients.waitForRefusals(),
    scenario.monitors[0]?.waitForUnready(),
    scenario.viewers.waitForDegraded(1),
  ]);
  proxy.restore();
  await waitForRecovery(scenario);
  await expectConsistent(scenario);
});
