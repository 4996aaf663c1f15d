/** Redis users who may not do all that counting takes: the start names it, and nothing is counted in secret. */
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/cleanup.js';
import type { RedisServer } from '../harness/redis-server.js';
import { startInstance } from '../support/fault-scenario.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { startRedisSentinels } from '../support/redis-sentinel.js';
import { getSharedRedis, startRedis } from '../support/redis-server.js';
import { runService, type Service } from '../support/service.js';

/** The user that the documentation recommends: `user tallyboard on >password ...`. */
const [, USER_RULES = ''] =
  /^user tallyboard (.*)$/m.exec(readFileSync(new URL('../../docs/how-to/redis.md', import.meta.url), 'utf8')) ?? [];

/** Gives the user `tallyboard` the documented rules, followed by `rules`. */
async function setUser(server: RedisServer, ...rules: readonly string[]): Promise<void> {
  await server.command('ACL', 'SETUSER', 'tallyboard', 'reset', ...USER_RULES.split(' '), ...rules);
}

function toUserUrl(url: string): string {
  return url.replace('://', '://tallyboard:password@');
}

async function startStandalone() {
  const server = await getSharedRedis();
  return { url: server.url, servers: [server] };
}

async function startSentinel() {
  const { url, master, replica } = await startRedisSentinels();
  return { url, servers: [master, replica] };
}

async function startCluster() {
  const { url, masters } = await startRedisCluster();
  return { url, servers: masters.map(({ server }) => server) };
}

/** Rules after those of the documented user, and what the message names. */
const MISSING_CHANNEL = [['resetchannels'], 'SPUBLISH tallyboard:{main}'] as const;
const MISSING_RULES = [
  MISSING_CHANNEL,
  [['-xadd'], 'XADD tallyboard:{main}:ledger'],
  [['resetkeys', '%R~tallyboard:*'], 'HSET tallyboard:{main}'],
  [['-evalsha'], 'EVALSHA tallyboard:{main}'],
  [['-eval'], "'eval'"],
] as const;

describe.each([
  ['one server', startStandalone, MISSING_RULES],
  ['Sentinels', startSentinel, [MISSING_CHANNEL]],
  ['a Cluster', startCluster, [MISSING_CHANNEL]],
])('on %s', (_kind, startServers, missing) => {
  it('the start ends with what the user may not do; the documented user may do everything', async () => {
    const { url, servers } = await startServers();
    const env = { STORE: 'redis', REDIS_URL: toUserUrl(url), REDIS_TIMEOUT_MS: '1000' };
    for (const [rules, named] of missing) {
      for (const server of servers) await setUser(server, ...rules);
      const refused = runService(env);
      expect(await refused.ended).toBe(1);
      expect(refused.output()).toMatch(/the user of REDIS_URL lacks/);
      expect(refused.output()).toContain(named);
    }
    for (const server of servers) await setUser(server);
    const service = await startInstance(env.REDIS_URL);
    await eventually(async () => (await readReadiness(service)) === 200);
    expect((await order(service, randomUUID())).status).toBe(200);
  });
});

async function readReadiness({ url }: Service): Promise<number> {
  return (await fetch(`${url}/health/ready`)).status;
}

async function order({ url }: Service, key: string) {
  const response = await fetch(`${url}/order`, { method: 'POST', headers: { 'Idempotency-Key': key } });
  return { status: response.status, text: await response.text() };
}

async function countOrders({ url }: Service): Promise<number> {
  const body = (await (await fetch(`${url}/dashboard`)).json()) as { counters: { orders: number } };
  return body.counters.orders;
}

it.each([['resetchannels'], ['-xadd'], ['-hset'], ['-pexpire']])(
  'when the permission goes away while the service runs (%s), it is not ready, and "nothing was counted" is true',
  async (rule) => {
    const server = await startRedis();
    await setUser(server);
    const service = await startInstance(toUserUrl(server.url));
    await eventually(async () => (await order(service, 'first')).status === 200);
    await setUser(server, rule);
    const keys = Array.from({ length: 4 }, (_, index) => `key-${index}`);
    const responses = [];
    for (const key of keys) responses.push(await order(service, key));
    await eventually(async () => (await readReadiness(service)) === 503);
    const surelyCounted = responses.filter(({ status }) => status === 200).length;
    const maybeCounted = responses.filter(({ text }) => text.includes('may have been counted')).length;

    await setUser(server);
    await eventually(async () => (await readReadiness(service)) === 200);
    const counted = (await countOrders(service)) - 1;
    expect(counted).toBeGreaterThanOrEqual(surelyCounted);
    expect(counted).toBeLessThanOrEqual(surelyCounted + maybeCounted);
    for (const key of keys) await eventually(async () => (await order(service, key)).status === 200);
    expect(await countOrders(service)).toBe(1 + keys.length);
  },
);
