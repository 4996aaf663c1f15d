/** The servers of the tests are what the tests take them for: durable, shared by prefix, failed over, with slots that move. */
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { startCutWay } from '../support/cuttable-proxy.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { startCluster } from '../support/redis-cluster.js';
import { startSentinels } from '../support/redis-sentinel.js';
import { freshPrefix, sharedRedis, startRedis } from '../support/redis-server.js';

/** Settles as the client says, and never hangs on one that is lost. */
function connectTo(port: number): Redis {
  const client = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: 0, retryStrategy: () => 20 });
  client.on('error', () => undefined);
  afterTest(() => client.disconnect());
  return client;
}

describe('a server', () => {
  it('has what it was given after it was killed and started again, at the same place', async () => {
    const server = await startRedis();
    await server.cli('SET', 'a', '1');
    await server.restart();
    expect(await server.cli('GET', 'a')).toBe('1');
    await server.stop();
    await expect(server.cli('PING')).rejects.toThrow();
    await server.start();
    expect(await server.cli('GET', 'a')).toBe('1');
    expect(await server.cli('CONFIG', 'GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
  });

  it('answers nothing while it is paused, and then what it was asked meanwhile', async () => {
    const server = await startRedis({ password: 'a secret' });
    server.pause();
    // Stopped by a signal (proc(5)).
    await eventually(() => / T /.test(readFileSync(`/proc/${server.child.pid}/stat`, 'utf8')));
    let answers = 0;
    const answer = server.cli('PING').finally(() => (answers += 1));
    expect([await (await sharedRedis()).cli('PING'), answers]).toEqual(['PONG', 0]);
    server.resume();
    expect(await answer).toBe('PONG');
  });

  it('is shared by the tests of a file, each with a prefix of its own', async () => {
    expect(await sharedRedis()).toBe(await sharedRedis());
    expect(freshPrefix()).not.toBe(freshPrefix());
  });
});

describe('a way to it', () => {
  it('is cut in the middle of an answer, and whole again for the next one', async () => {
    const { port } = await sharedRedis();
    const way = await startCutWay(port);
    const client = connectTo(Number(new URL(way.url).port));
    await client.set('text', 'x'.repeat(1_000));
    const cut = way.cutAfter(500, (sent) => sent.includes('text'));
    await expect(client.get('text')).rejects.toThrow();
    await cut;
    await eventually(() => client.status === 'ready');
    expect(await client.get('text')).toHaveLength(1_000);
  });

  it('is stalled and refused, and then mended', async () => {
    const { port } = await sharedRedis();
    const way = await startCutWay(port);
    const client = connectTo(Number(new URL(way.url).port));
    await client.ping();
    way.stall();
    const stalled = client.ping();
    way.mend();
    await expect(stalled).rejects.toThrow();
    way.refuse();
    await eventually(() => client.status === 'reconnecting');
    way.mend();
    await eventually(() => client.status === 'ready');
  });
});

describe('a Cluster', () => {
  it('moves a slot with what is in it', async () => {
    const cluster = await startCluster({ replicas: true });
    const slot = await cluster.slotOf('{main}');
    const owner = await cluster.ownerOf(slot);
    await owner.server.cli('SET', '{main}', '1');
    const next = cluster.masters.find((node) => node !== owner);
    if (!next) throw new Error('there is one master only');
    await cluster.moveSlot(slot, next);
    expect(await cluster.ownerOf(slot)).toBe(next);
    expect(await next.server.cli('GET', '{main}')).toBe('1');
    await expect(owner.server.cli('GET', '{main}')).rejects.toThrow(/^MOVED/);
    expect(await Promise.all(cluster.replicas.map(({ server }) => server.info('role')))).toEqual(
      cluster.replicas.map(() => 'slave'),
    );
  });
});

describe('Sentinels', () => {
  it('make the replica master when the master is gone', async () => {
    const { master, replica, untilMaster, masterPort } = await startSentinels();
    expect(await masterPort()).toBe(master.port);
    await master.cli('SET', 'a', '1');
    await master.cli('WAIT', 1, 1_000);
    await master.kill();
    await untilMaster(replica);
    expect(await replica.cli('GET', 'a')).toBe('1');
  });
});
