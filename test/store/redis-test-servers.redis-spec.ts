/** The test servers behave as the tests assume: durable, shared by prefix, with failover and moving slots. */
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { startCuttableProxy } from '../support/cuttable-proxy.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { startRedisSentinels } from '../support/redis-sentinel.js';
import { createPrefix, getSharedRedis, startRedis } from '../support/redis-server.js';

/** A client whose commands fail instead of waiting for a lost connection. */
function createClient(port: number): Redis {
  const client = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: 0, retryStrategy: () => 20 });
  client.on('error', () => undefined);
  afterTest(() => client.disconnect());
  return client;
}

describe('a server', () => {
  it('keeps its data and its port when it is killed and started again', async () => {
    const server = await startRedis();
    await server.command('SET', 'a', '1');
    await server.restart();
    expect(await server.command('GET', 'a')).toBe('1');
    await server.stop();
    await expect(server.command('PING')).rejects.toThrow();
    await server.start();
    expect(await server.command('GET', 'a')).toBe('1');
    expect(await server.command('CONFIG', 'GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
  });

  it('answers nothing while it is paused, and everything afterwards', async () => {
    const server = await startRedis({ password: 'a secret' });
    server.pause();
    // State T: stopped by a signal (proc(5)).
    await eventually(() => / T /.test(readFileSync(`/proc/${server.child.pid}/stat`, 'utf8')));
    let answers = 0;
    const answer = server.command('PING').finally(() => (answers += 1));
    expect([await (await getSharedRedis()).command('PING'), answers]).toEqual(['PONG', 0]);
    server.resume();
    expect(await answer).toBe('PONG');
  });

  it('is shared by the tests of a file, each with its own prefix', async () => {
    expect(await getSharedRedis()).toBe(await getSharedRedis());
    expect(createPrefix()).not.toBe(createPrefix());
  });
});

describe('a proxy in front of it', () => {
  it('cuts a connection in the middle of a reply and accepts the next one', async () => {
    const { port } = await getSharedRedis();
    const proxy = await startCuttableProxy(port);
    const client = createClient(Number(new URL(proxy.url).port));
    await client.set('text', 'x'.repeat(1_000));
    const cut = proxy.cutAfter(500, (sent) => sent.includes('text'));
    await expect(client.get('text')).rejects.toThrow();
    await cut;
    await eventually(() => client.status === 'ready');
    expect(await client.get('text')).toHaveLength(1_000);
  });

  it('stalls and refuses connections, and works again after restore', async () => {
    const { port } = await getSharedRedis();
    const proxy = await startCuttableProxy(port);
    const client = createClient(Number(new URL(proxy.url).port));
    await client.ping();
    proxy.stall();
    const stalled = client.ping();
    proxy.restore();
    await expect(stalled).rejects.toThrow();
    proxy.refuseConnections();
    await eventually(() => client.status === 'reconnecting');
    proxy.restore();
    await eventually(() => client.status === 'ready');
  });
});

describe('a Cluster', () => {
  it('moves a slot with its keys', async () => {
    const cluster = await startRedisCluster({ replicas: true });
    const slot = await cluster.readSlot('{main}');
    const owner = await cluster.readOwner(slot);
    await owner.server.command('SET', '{main}', '1');
    const next = cluster.masters.find((node) => node !== owner);
    if (!next) throw new Error('there is one master only');
    await cluster.moveSlot(slot, next);
    expect(await cluster.readOwner(slot)).toBe(next);
    expect(await next.server.command('GET', '{main}')).toBe('1');
    await expect(owner.server.command('GET', '{main}')).rejects.toThrow(/^MOVED/);
    expect(await Promise.all(cluster.replicas.map(({ server }) => server.readInfo('role')))).toEqual(
      cluster.replicas.map(() => 'slave'),
    );
  });
});

describe('Sentinels', () => {
  it('promote the replica when the master is gone', async () => {
    const { master, replica, waitForMaster, readMasterPort } = await startRedisSentinels();
    expect(await readMasterPort()).toBe(master.port);
    await master.command('SET', 'a', '1');
    await master.command('WAIT', 1, 1_000);
    await master.kill();
    await waitForMaster(replica);
    expect(await replica.command('GET', 'a')).toBe('1');
  });
});
