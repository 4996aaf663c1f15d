/**
 * The Redis of two instances is killed, paused or flushed: acknowledged changes survive, and everything recovers by
 * itself.
 */
import { watchInstances } from '../support/viewer-group.js';
import { eventually } from '../support/cleanup.js';
import type { RedisServer } from '../harness/redis-server.js';
import { startRedis } from '../support/redis-server.js';
import {
  startScenario,
  expectConsistent,
  startTwoInstances,
  waitForOutage,
  waitForRecovery,
} from '../support/fault-scenario.js';
import type { Service } from '../support/service.js';

let redis: RedisServer;
let services: readonly Service[];

beforeAll(async () => {
  redis = await startRedis();
  services = await startTwoInstances(redis.url);
});

it('the service recovers after Redis is killed and started again under load', async () => {
  const scenario = await startScenario(services);
  await redis.kill();
  await waitForOutage(scenario);
  await redis.start();
  await waitForRecovery(scenario);
  await expectConsistent(scenario);
});

it.each([
  ['ALL', 10_000],
  ['WRITE', 3_000],
])('the service recovers after CLIENT PAUSE %s for %i ms', async (kind, forMs) => {
  const scenario = await startScenario(services);
  await redis.command('CLIENT', 'PAUSE', forMs, kind);
  await waitForOutage(scenario);
  await waitForRecovery(scenario);
  await expectConsistent(scenario);
});

it('the service recovers after Redis hangs for ten seconds', async () => {
  const scenario = await startScenario(services);
  const beganMs = performance.now();
  redis.pause();
  await waitForOutage(scenario);
  await eventually(() => performance.now() - beganMs >= 10_000);
  redis.resume();
  await waitForRecovery(scenario);
  await expectConsistent(scenario);
});

it('no change is refused when the script cache is flushed under load', async () => {
  const scenario = await startScenario(services);
  for (let times = 0; times < 5; times += 1) {
    await redis.command('SCRIPT', 'FLUSH');
    await scenario.clients.waitForAcknowledged(40);
  }
  await expectConsistent(scenario);
  expect(scenario.clients.refusals).toEqual([]);
});

it('the service recovers after the memory of Redis was full', async () => {
  const scenario = await startScenario(services);
  await redis.command('CONFIG', 'SET', 'maxmemory', 1);
  await waitForOutage(scenario);
  await redis.command('CONFIG', 'SET', 'maxmemory', 0);
  await waitForRecovery(scenario);
  await expectConsistent(scenario);
});

it('after FLUSHALL main restarts in a new epoch for its viewers, and other dashboards are gone', async () => {
  const [first] = services;
  await fetch(`${first?.url}/dashboards/other`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ counters: { sales: {} } }),
  });
  const others = await watchInstances(services, 'other');
  const scenario = await startScenario(services);
  await redis.command('FLUSHALL');
  const { length: sent } = scenario.clients.sent;
  await scenario.viewers.waitForNewEpoch(scenario.start.epoch);
  await others.waitForRemoval();
  await waitForRecovery(scenario);
  const { epoch } = await expectConsistent(scenario, { sentBefore: sent, ledgerStart: { revision: 0, counters: {} } });
  expect(epoch).not.toBe(scenario.start.epoch);
  expect((await fetch(`${first?.url}/dashboards/other`)).status).toBe(404);
});

it('instances stop with exit code 0 while Redis hangs', async () => {
  const scenario = await startScenario(services);
  redis.pause();
  await waitForOutage(scenario);
  const stopped = Promise.all(services.map((service) => service.stop()));
  scenario.clients.abort();
  expect(await stopped).toEqual([0, 0]);
});
