/** Instances that start while Redis is away, and instances with different clocks. */
import { eventually } from '../support/cleanup.js';
import { readLedger } from '../support/retrying-clients.js';
import { createPrefix, startRedis } from '../support/redis-server.js';
import { startScenario, expectConsistent, ReadinessMonitor, startTwoInstances } from '../support/fault-scenario.js';
import type { Service } from '../support/service.js';

/** A module that is loaded first in a process and sets its clock ten seconds ahead. */
const TEN_SECONDS_AHEAD = `--import=data:text/javascript,${encodeURIComponent(
  'const Real=Date,now=()=>Real.now()+1e4;globalThis.Date=class extends Real{constructor(...a){super(...(a.length?a:[now()]))}static now(){return now()}}',
)}`;

interface History {
  readonly at: readonly number[];
  readonly counters: { readonly orders: { readonly added: readonly number[] } };
}

/** Adds an order with a key. @returns the status, and true if the response was a replay */
async function order({ url }: Service, key: string): Promise<readonly [number, boolean]> {
  const response = await fetch(`${url}/order`, { method: 'POST', headers: { 'Idempotency-Key': key } });
  return [response.status, response.headers.get('idempotent-replayed') === 'true'];
}

it('instances that start without Redis are not ready and refuse changes, and recover when it is there', async () => {
  const redis = await startRedis();
  await redis.stop();
  const services = await startTwoInstances(redis.url);
  const readiness = services.map(({ url }) => new ReadinessMonitor(url));
  await Promise.all(readiness.map((monitor) => monitor.waitForUnready()));
  for (const service of services) {
    const response = await fetch(`${service.url}/order`, { method: 'POST', headers: { 'Idempotency-Key': 'early' } });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await response.json()).toMatchObject({
      code: 'store-unavailable',
      detail: expect.stringMatching(/nothing was counted$/),
    });
    const refused = await fetch(`${service.url}/dashboard`, { headers: { Accept: 'text/event-stream' } });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await fetch(`${service.url}/dashboard`)).status).toBe(503);
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
  }
  await redis.start();
  await Promise.all(readiness.map((one) => one.waitForReady()));
  const [first, second] = services;
  // Clients retry a 503.
  await eventually(async () => (await order(first, 'early'))[0] === 200);
  await eventually(async () => (await order(second, 'early'))[0] === 200);
  expect(await order(second, 'early')).toEqual([200, true]);
  const scenario = await startScenario(services);
  await expectConsistent(scenario);
});

it('with clocks ten seconds apart, times come from Redis and keys expire at the same time for both', async () => {
  const redis = await startRedis();
  const env = { REDIS_PREFIX: createPrefix(), IDEMPOTENCY_KEY_TTL_S: '6' };
  const services = await startTwoInstances(redis.url, env, { ...env, NODE_OPTIONS: TEN_SECONDS_AHEAD });
  const [normal, ahead] = services;
  const startTime = await readServerTime(redis);
  expect([await order(normal, 'k'), await order(ahead, 'k')]).toEqual([
    [200, false],
    [200, true],
  ]);
  await eventually(async () => !(await order(ahead, 'k'))[1]);
  expect(await order(normal, 'k')).toEqual([200, true]);
  const ledger = await readLedger(normal);
  const endTime = await readServerTime(redis);
  const [first = 0, second = 0, ...more] = ledger.map(({ at }) => at);
  expect(more).toEqual([]);
  expect(second - first).toBeGreaterThanOrEqual(6_000);
  for (const at of [first, second]) expect(startTime <= at && at <= endTime).toBe(true);
  const seconds = [first, second].map((at) => at - (at % 1_000));
  for (const { url } of services) {
    const range = `from=${startTime - (startTime % 1_000)}&to=${endTime + 1_000}`;
    const response = await fetch(`${url}/dashboards/main/history?counters=orders&step=1s&${range}`);
    const { at, counters } = (await response.json()) as History;
    expect(at.filter((_, row) => counters.orders.added[row])).toEqual(seconds);
  }
});

async function readServerTime(redis: Awaited<ReturnType<typeof startRedis>>): Promise<number> {
  const [seconds, micros] = (await redis.command('TIME')) as readonly string[];
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}
