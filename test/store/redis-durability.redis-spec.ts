/** The durability report on real servers: in the log, the health check and the metrics, and again when it changes. */
import { Redis } from 'ioredis';
import { readPersistenceSettings } from '../../src/store/redis/persistence-settings.js';
import type { RedisStore, RedisStoreOptions } from '../../src/store/redis/redis.store.js';
import type { StoreEvent } from '../../src/store/store-events.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { scrape } from '../support/prometheus-scrape.js';
import { type ClusterNode, startRedisCluster } from '../support/redis-cluster.js';
import type { RedisServer } from '../harness/redis-server.js';
import { openRedisStore, startRedis } from '../support/redis-server.js';
import { startService } from '../support/service.js';

interface StoreHealth {
  readonly status: string;
  readonly durability?: Readonly<Record<'acknowledged' | 'survives' | 'appendfsync', string>> & {
    readonly warnings: string[];
  };
}

async function readStoreHealth(url: string, query = '?verbose'): Promise<StoreHealth> {
  const body = (await (await fetch(`${url}/health/ready${query}`)).json()) as { details: Record<string, StoreHealth> };
  const { store } = body.details;
  if (!store) throw new Error('the health check has no entry for the store');
  return store;
}

it('the store reports durability at the start, and warns after a reconnection when the settings got weaker', async () => {
  const redis = await startRedis({ password: 'a-secret' });
  const { url, output } = await startService({ STORE: 'redis', REDIS_URL: redis.url });
  expect(output()).toContain('an acknowledged change is on the disk of Redis (appendfsync always)');
  expect(await readStoreHealth(url)).toMatchObject({
    status: 'up',
    durability: { survives: 'yes', appendonly: 'yes', appendfsync: 'always', replicas: 0, warnings: [] },
  });
  expect(await readStoreHealth(url, '')).toEqual({ status: 'up', responseTime: expect.any(Number) });
  expect((await scrape(url)).getValue('tallyboard_store_acknowledged_durable')).toBe(1);
  await redis.command('CONFIG', 'SET', 'no-appendfsync-on-rewrite', 'yes');
  await redis.command('CLIENT', 'KILL', 'TYPE', 'normal');
  await eventually(async () => (await readStoreHealth(url)).durability?.survives === 'no');
  expect((await readStoreHealth(url)).durability?.warnings).toEqual([
    expect.stringContaining('while it rewrites its append-only file'),
  ]);
  await redis.command(
    'CONFIG',
    'SET',
    'appendfsync',
    'everysec',
    'maxmemory',
    2 ** 30,
    'maxmemory-policy',
    'allkeys-lru',
  );
  await redis.command('CLIENT', 'KILL', 'TYPE', 'normal');
  await eventually(async () => (await readStoreHealth(url)).durability?.appendfsync === 'everysec');
  expect((await readStoreHealth(url)).durability?.warnings).toEqual([
    expect.stringContaining('about a second of acknowledged changes'),
    expect.stringContaining('maxmemory-policy allkeys-lru'),
  ]);
  // The log is written without blocking, and can arrive later than a response.
  await eventually(() => output().includes('can lose about a second of acknowledged changes (appendfsync everysec)'));
  const metrics = await scrape(url);
  expect(metrics.getValue('tallyboard_store_acknowledged_durable')).toBe(0);
  const labels = { store: 'redis', appendonly: 'yes', appendfsync: 'everysec' };
  expect(metrics.getValue('tallyboard_store_durability_info', labels)).toBe(1);
  const { durability } = await readStoreHealth(url);
  expect(`${output()} ${JSON.stringify(durability)}`).not.toContain('a-secret');
  expect(JSON.stringify(durability)).not.toContain(String(redis.port));
});

/** Redis 7.2 added WAITAOF. */
async function canWaitForDisks(server: RedisServer): Promise<boolean> {
  const [major = 0, minor = 0] = String(await server.readInfo('redis_version'))
    .split('.')
    .map(Number);
  return major > 7 || (major === 7 && minor >= 2);
}

async function startPair(): Promise<{ master: RedisServer; replica: RedisServer }> {
  // A master waits 5 s for further replicas before it starts a copy, unless told otherwise.
  const master = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
  const replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${master.port}`] });
  // The master lists the replica as online a moment after the replica reports it.
  await eventually(async () => (await master.readInfo('slave0'))?.includes('state=online') ?? false);
  return { master, replica };
}

const CHANGE = { dashboard: 'main', changes: [{ counter: 'orders', by: 1 }], key: 'k' };

/** Opens a store whose durability report says what it waits for, and defines dashboard `main`. */
async function openDurableStore({ url }: RedisServer, options: Partial<RedisStoreOptions>, acknowledged: RegExp) {
  const store = await openRedisStore(url, options);
  expect(store.durability).toMatchObject({ survives: 'yes', replicas: 1, warnings: [] });
  expect(store.durability.acknowledged).toMatch(acknowledged);
  await store.define('main', { counters: { orders: {} } });
  return store;
}

/**
 * Expects that a change is refused while the replica is gone. The change is applied all the same: a later retry gets
 * its outcome.
 */
async function expectRefusedWhileGone(replica: RedisServer, store: RedisStore): Promise<void> {
  await replica.kill();
  await expect(store.apply(CHANGE)).rejects.toMatchObject({ code: 'store-unavailable' });
  await replica.start();
  await eventually(() => store.isAvailable);
  expect(await store.apply(CHANGE)).toMatchObject({ replayed: true, revision: 1 });
}

it('with REDIS_WAIT_REPLICAS the store waits for a replica, and refuses changes while there is none', async () => {
  const { master, replica } = await startPair();
  const store = await openDurableStore(
    master,
    { waitReplicas: 1, timeoutMs: 1_500 },
    / and in the memory of 1 replica$/,
  );
  await expectRefusedWhileGone(replica, store);
});

const TWO_DISKS = { waitAof: 2, timeoutMs: 4_500 };

it('with REDIS_WAIT_AOF the store waits for disks, and fails the start on servers without WAITAOF', async () => {
  const { master, replica } = await startPair();
  if (!(await canWaitForDisks(master))) {
    await expect(openRedisStore(master.url, TWO_DISKS)).rejects.toThrow(/ does not support REDIS_WAIT_AOF=2/);
    return;
  }
  await master.command('CONFIG', 'SET', 'appendfsync', 'everysec');
  const store = await openDurableStore(master, TWO_DISKS, / \(REDIS_WAIT_AOF=2\), and on the disk of 1 replica$/);
  expect(await store.apply(CHANGE)).toMatchObject({ revision: 1 });
  await master.command('CONFIG', 'SET', 'appendfsync', 'no');
  const otherChange = { ...CHANGE, key: 'other' };
  await expect(store.apply(otherChange)).rejects.toMatchObject({ code: 'store-unavailable' });
  await master.command('CONFIG', 'SET', 'appendfsync', 'always');
  await expectRefusedWhileGone(replica, store);
  expect(await store.apply(otherChange)).toMatchObject({ replayed: true, revision: 2 });
});

it('with REDIS_WAIT_AOF the store waits for the disks of a Cluster, for many dashboards at once', async () => {
  const { url, masters } = await startRedisCluster({ replicas: true });
  const [{ server }] = masters as [ClusterNode];
  if (!(await canWaitForDisks(server))) {
    await expect(openRedisStore(url, TWO_DISKS)).rejects.toThrow(/ does not support REDIS_WAIT_AOF=2/);
    return;
  }
  const store = await openRedisStore(url, TWO_DISKS);
  const dashboards = Array.from({ length: 30 }, (_, index) => `d${index}`);
  await Promise.all(dashboards.map((name) => store.define(name, { counters: { orders: {} } })));
  const changes = [{ counter: 'orders', by: 1 }];
  for (const revision of [1, 2, 3]) {
    const outcomes = await Promise.all(dashboards.map((dashboard) => store.apply({ dashboard, changes })));
    expect(new Set(outcomes.map((outcome) => outcome.revision))).toEqual(new Set([revision]));
  }
});

it('the store shows an unconfirmed change to no viewer: not to present ones, new ones or those that reconnect', async () => {
  const { master, replica } = await startPair();
  const open = () => openRedisStore(master.url, { waitReplicas: 1, timeoutMs: 4_000 });
  const [first, second, third] = [await open(), await open(), await open()];
  await first.define('main', { counters: { orders: {} } });
  const received: StoreEvent[] = [];
  second.events$.subscribe((event) => received.push(event));
  await second.subscribe('main');
  replica.child.kill('SIGSTOP');
  const applied = first.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 1 }], key: 'k' });
  // The master has the change, so a message about it would have arrived.
  const client = new Redis(master.port);
  afterTest(() => client.disconnect());
  await eventually(async () => (await client.hget('tallyboard:{main}', 'revision')) === '1');
  expect(await second.readDashboard('main')).toMatchObject({ revision: 1 });
  // The subscription has to be renewed, and what it missed has to be read.
  await master.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await expect(third.subscribe('main')).rejects.toMatchObject({
    code: 'store-unavailable',
    message: expect.stringContaining('does not confirm'),
  });
  expect(received.filter(({ kind }) => kind !== 'stale')).toEqual([]);
  replica.child.kill('SIGCONT');
  expect(await applied).toMatchObject({ revision: 1, counters: { orders: 1 } });
  await eventually(() => received.some((event) => readRevision(event) === 1));
  await eventually(() => isStaleOver(received.at(-1)));
  expect(received.map(readRevision).filter((revision) => revision !== undefined && revision !== 1)).toEqual([]);
});

function readRevision(event: StoreEvent): number | undefined {
  if (event.kind === 'applied') return event.outcome.revision;
  return event.kind === 'reloaded' ? event.dashboard.revision : undefined;
}

function isStaleOver(event: StoreEvent | undefined): boolean {
  return event?.kind === 'stale' && event.sinceMs === undefined;
}

it('the store reports unknown settings if the user may not read them', async () => {
  const redis = await startRedis();
  await redis.command('ACL', 'SETUSER', 'tally', 'on', '>secret', '~*', '&*', '+@all', '-config');
  const store = await openRedisStore(redis.url.replace('//', '//tally:secret@'));
  expect(store.durability).toMatchObject({ survives: 'unknown', appendonly: 'yes', appendfsync: 'unknown' });
});

it('the store reports the weakest master of a Cluster', async () => {
  const { url, masters } = await startRedisCluster();
  await masters[1]?.server.command('CONFIG', 'SET', 'appendfsync', 'everysec');
  const store = await openRedisStore(url);
  expect(store.durability).toMatchObject({ survives: 'no', appendonly: 'yes', appendfsync: 'everysec' });
  const { host, port } = new URL(masters[0]?.server.url ?? '');
  const client = new Redis({ host: host.replace(/:.*/, ''), port: Number(port) });
  afterTest(() => client.disconnect());
  expect(await readPersistenceSettings(client)).toMatchObject({ appendfsync: 'always', save: '' });
});
