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

function connectionTo(url: string, more: Partial<RedisConnectionOptions> = {}): RedisConnection {
  const connection = new RedisConnection({
    url,
    prefix: 'tallyboard',
    timeoutMs: 3_000,
    waitReplicas: 0,
    waitAof: 0,
    ...more,
  });
  afterTest(() => connection.close());
  return connection;
}

async function open(url: string, more?: Partial<RedisConnectionOptions>): Promise<RedisConnection> {
  const connection = connectionTo(url, more);
  await connection.open();
  return connection;
}

async function refusalOf(url: string, more?: Partial<RedisConnectionOptions>): Promise<string> {
  try {
    await open(url, more);
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
    const { commands, ready$ } = await open(server.url, { timeoutMs: 1_000 });
    const states: boolean[] = [];
    const watching = ready$.subscribe((state) => states.push(state));
    await expect(commands.ping()).rejects.toThrow();
    await server.start();
    await eventually(() => ready$.value);
    server.pause();
    const onItsWay = commands.ping();
    await expect(onItsWay).rejects.toThrow();
    expect(ready$.value).toBe(false);
    server.resume();
    await eventually(() => ready$.value);
    await server.restart();
    await eventually(() => states.length >= 6 && ready$.value);
    expect(await commands.ping()).toBe('PONG');
    expect(states).toEqual([false, true, false, true, false, true]);
    watching.unsubscribe();
  });

  it('fails the start with a remedy for a permanent fault', async () => {
    const { url } = await startRedis({ password: 'a-secret' });
    const { url: plain, port } = await getSharedRedis();
    expect(await refusalOf(url.replace('a-secret', 'another'))).toMatch(
      /rejects the user or the password of REDIS_URL/,
    );
    expect(await refusalOf(url.replace(':a-secret@', ''))).toMatch(/rejects the user or the password of REDIS_URL/);
    expect(await refusalOf(`${plain}/999`)).toMatch(/database number of REDIS_URL is out of range/);
    expect(await refusalOf(`redis+cluster://127.0.0.1:${port}`)).toMatch(/not in a Cluster: use redis:\/\//);
    expect(await refusalOf(`redis://`)).toMatch(/^REDIS_URL host 1 must be/);
    expect(await refusalOf(url)).toBe('');
  });

  it('with TLS trusts the given authority and sends its client certificate', async () => {
    const { certPath, keyPath } = createCertificate();
    const [port = 0] = await findFreePorts(1);
    const own = ['--tls-cert-file', certPath, '--tls-key-file', keyPath, '--tls-ca-cert-file', certPath];
    await startRedis({ args: ['--tls-port', String(port), ...own] });
    const url = `rediss://localhost:${port}`;
    const connection = await open(url, { caFile: certPath, certFile: certPath, keyFile: keyPath });
    await eventually(() => connection.isReady);
    expect(await connection.commands.ping()).toBe('PONG');
    expect(await refusalOf(url)).toMatch(/^the TLS handshake with Redis failed: .*REDIS_CA_FILE/);
    const { isReady } = await open(url.replace('rediss', 'redis'), { timeoutMs: 100 });
    expect(isReady).toBe(false);
    expect(await refusalOf(url, { caFile: '/nowhere' })).toMatch(/^cannot read REDIS_CA_FILE=\/nowhere: /);
  });
});

describe('a connection through Sentinels', () => {
  it('follows the master; a plain URL that points to a Sentinel is refused', async () => {
    const { url, master, replica, sentinels, waitForMaster } = await startRedisSentinels();
    const { commands, ready$ } = await open(url);
    await commands.set('a', 1);
    await master.command('WAIT', 1, 1_000);
    await master.kill();
    await waitForMaster(replica);
    await eventually(() => ready$.value);
    expect([await commands.get('a'), await commands.set('a', 2)]).toEqual(['1', 'OK']);
    const port = sentinels[0]?.port ?? 0;
    expect(await refusalOf(`redis://127.0.0.1:${port}`)).toMatch(/points to a Sentinel/);
  });
});

describe('a connection to a Cluster', () => {
  it('receives messages of a channel and writes its key after their slot has moved', async () => {
    const cluster = await startRedisCluster();
    const connection = await open(cluster.url);
    const { commands, subscriber, ready$ } = connection;
    expect(commands).toBeInstanceOf(Cluster);
    await eventually(() => ready$.value);
    const heard: string[] = [];
    subscriber.on('smessage', (_channel: string, text: string) => heard.push(text));
    await connection.subscribe('{main}');
    await commands.spublish('{main}', 'before');
    await eventually(() => heard.includes('before'));
    const slot = await cluster.readSlot('{main}');
    const owner = await cluster.readOwner(slot);
    const next = cluster.masters.find((node) => node !== owner);
    if (!next) throw new Error('there is one master only');
    await commands.set('{main}', 1);
    let renewed = 0;
    const watching = ready$.subscribe((isReady) => (renewed += isReady ? 1 : 0));
    await cluster.moveSlot(slot, next);
    await eventually(() => renewed > 1);
    watching.unsubscribe();
    await connection.subscribe('{main}');
    expect(await commands.incr('{main}')).toBe(2);
    await commands.spublish('{main}', 'after');
    await eventually(() => heard.includes('after'));
    expect(heard).toEqual(['before', 'after']);
    expect(await refusalOf(`redis://127.0.0.1:${owner.server.port}`)).toMatch(/use redis\+cluster:\/\//);
  });
});
