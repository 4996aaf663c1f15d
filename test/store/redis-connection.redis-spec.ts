/** Redis connections: they recover from outages by themselves; a permanent fault ends the start with a remedy. */
import { Cluster } from 'ioredis';
import { RedisConnection, type RedisConnectionOptions } from '../../src/store/redis/connection.js';
import { StoreOpenError } from '../../src/store/store-open.error.js';
import { createCertificate } from '../support/certificate.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { findFreePorts } from '../harness/free-ports.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { startRedisSentinels } from '../support/redis-sentinel.js';
import { getSharedRedis, startRedis } from '../support/redis-server.js';

function createConnection(url: string, options: Partial<RedisConnectionOptions> = {}): RedisConnection {
  const connection = new RedisConnection({
    url,
    prefix: 'tallyboard',
    timeoutMs: 3_000,
    waitReplicas: 0,
    waitAof: 0,
    ...options,
  });
  afterTest(() => connection.close());
  return connection;
}

async function openConnection(url: string, options?: Partial<RedisConnectionOptions>): Promise<RedisConnection> {
  const connection = createConnection(url, options);
  await connection.open();
  return connection;
}

async function readOpenError(url: string, options?: Partial<RedisConnectionOptions>): Promise<string> {
  try {
    await openConnection(url, options);
  } catch (error) {
    if (error instanceof StoreOpenError) return error.message;
    throw error;
  }
  return '';
}

describe('a connection', () => {
  it('waits for an absent server, recovers when it is killed or hangs, and fails commands in flight', async () => {
    const server = await startRedis();
    await server.kill();
    const { commands, ready$ } = await openConnection(server.url, { timeoutMs: 1_000 });
    const states: boolean[] = [];
    const subscription = ready$.subscribe((state) => states.push(state));
    await expect(commands.ping()).rejects.toThrow();
    await server.start();
    await eventually(() => ready$.value);
    server.pause();
    const pendingPing = commands.ping();
    await expect(pendingPing).rejects.toThrow();
    expect(ready$.value).toBe(false);
    server.resume();
    await eventually(() => ready$.value);
    await server.restart();
    await eventually(() => states.length >= 6 && ready$.value);
    expect(await commands.ping()).toBe('PONG');
    expect(states).toEqual([false, true, false, true, false, true]);
    subscription.unsubscribe();
  });

  it('fails the start with a remedy for a permanent fault', async () => {
    const { url } = await startRedis({ password: 'a-secret' });
    const { url: otherUrl, port } = await getSharedRedis();
    expect(await readOpenError(url.replace('a-secret', 'another'))).toMatch(
      /rejects the user or the password of REDIS_URL/,
    );
    expect(await readOpenError(url.replace(':a-secret@', ''))).toMatch(/rejects the user or the password of REDIS_URL/);
    expect(await readOpenError(`${otherUrl}/999`)).toMatch(/database number of REDIS_URL is out of range/);
    expect(await readOpenError(`redis+cluster://127.0.0.1:${port}`)).toMatch(/not in a Cluster: use redis:\/\//);
    expect(await readOpenError(`redis://`)).toMatch(/^REDIS_URL host 1 must be/);
    expect(await readOpenError(url)).toBe('');
  });

  it('with TLS trusts the given authority and sends its client certificate', async () => {
    const { certPath, keyPath } = createCertificate();
    const [port = 0] = await findFreePorts(1);
    const tlsArgs = ['--tls-cert-file', certPath, '--tls-key-file', keyPath, '--tls-ca-cert-file', certPath];
    await startRedis({ args: ['--tls-port', String(port), ...tlsArgs] });
    const url = `rediss://localhost:${port}`;
    const connection = await openConnection(url, { caFile: certPath, certFile: certPath, keyFile: keyPath });
    await eventually(() => connection.isReady);
    expect(await connection.commands.ping()).toBe('PONG');
    expect(await readOpenError(url)).toMatch(/^the TLS handshake with Redis failed: .*REDIS_CA_FILE/);
    const { isReady } = await openConnection(url.replace('rediss', 'redis'), { timeoutMs: 100 });
    expect(isReady).toBe(false);
    expect(await readOpenError(url, { caFile: '/nowhere' })).toMatch(/^cannot read REDIS_CA_FILE=\/nowhere: /);
  });
});

describe('a connection through Sentinels', () => {
  it('follows the master; a plain URL that points to a Sentinel is refused', async () => {
    const { url, master, replica, sentinels, waitForMaster } = await startRedisSentinels();
    const { commands, ready$ } = await openConnection(url);
    await commands.set('a', 1);
    await master.command('WAIT', 1, 1_000);
    await master.kill();
    await waitForMaster(replica);
    await eventually(() => ready$.value);
    expect([await commands.get('a'), await commands.set('a', 2)]).toEqual(['1', 'OK']);
    const port = sentinels[0]?.port ?? 0;
    expect(await readOpenError(`redis://127.0.0.1:${port}`)).toMatch(/points to a Sentinel/);
  });
});

describe('a connection to a Cluster', () => {
  it('receives messages of a channel and writes its key after their slot has moved', async () => {
    const cluster = await startRedisCluster();
    const connection = await openConnection(cluster.url);
    const { commands, subscriber, ready$ } = connection;
    expect(commands).toBeInstanceOf(Cluster);
    await eventually(() => ready$.value);
    const messages: string[] = [];
    subscriber.on('smessage', (_channel: string, text: string) => messages.push(text));
    await connection.subscribe('{main}');
    await commands.spublish('{main}', 'before');
    await eventually(() => messages.includes('before'));
    const slot = await cluster.readSlot('{main}');
    const owner = await cluster.readOwner(slot);
    const next = cluster.masters.find((node) => node !== owner);
    if (!next) throw new Error('there is one master only');
    await commands.set('{main}', 1);
    let reconnections = 0;
    const subscription = ready$.subscribe((isReady) => (reconnections += isReady ? 1 : 0));
    await cluster.moveSlot(slot, next);
    await eventually(() => reconnections > 1);
    subscription.unsubscribe();
    await connection.subscribe('{main}');
    expect(await commands.incr('{main}')).toBe(2);
    await commands.spublish('{main}', 'after');
    await eventually(() => messages.includes('after'));
    expect(messages).toEqual(['before', 'after']);
    expect(await readOpenError(`redis://127.0.0.1:${owner.server.port}`)).toMatch(/use redis\+cluster:\/\//);
  });
});
