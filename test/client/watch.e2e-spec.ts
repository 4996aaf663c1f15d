/** `watch` of the client across a faulty network: snapshots and freshness. */
import { cpSync } from 'node:fs';
import { add } from '../../src/client/client.js';
import type { Config } from '../../src/config/config.js';
import { startApp } from '../support/app.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { startAppBehindProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { recordWatch } from '../support/client-watch.js';

/** True if revisions only grow, as viewers are promised. */
function isAscending(revisions: readonly number[]): boolean {
  return revisions.every((revision, index) => index === 0 || revision > (revisions[index - 1] ?? 0));
}

const listWebSockets = (proxy: TcpProxy) =>
  proxy.allConnections.filter(({ sent }) => /\r\nupgrade: websocket/i.test(sent));
const listEventStreams = (proxy: TcpProxy) =>
  proxy.allConnections.filter(({ sent }) => /\r\naccept: text\/event-stream/i.test(sent));

it('by stream tries a WebSocket once more, and then only streams', async () => {
  const { proxy } = await startAppBehindProxy();
  proxy.stripsUpgrades = true;
  const watched = recordWatch(proxy.url);
  const counts: number[][] = [];
  for (let connection = 1; connection <= 4; connection += 1) {
    await watched.waitForStatus('live');
    counts.push([listWebSockets(proxy).length, listEventStreams(proxy).length]);
    const reconnecting = watched.waitForStatus('reconnecting');
    proxy.cutAll();
    await reconnecting;
  }
  expect(counts).toEqual([
    [1, 1],
    [2, 2],
    [2, 3],
    [2, 4],
  ]);
});

it('returns to WebSockets if the server came back between a WebSocket and its fallback', async () => {
  const { url, proxy } = await startAppBehindProxy();
  proxy.stripsUpgrades = true;
  const watched = recordWatch(proxy.url);
  await watched.waitForStatus('live');
  proxy.stripsUpgrades = false;
  const reconnecting = watched.waitForStatus('reconnecting');
  proxy.cutAll();
  await reconnecting;
  await add(url, 'orders', 1);
  await watched.waitForValues({ orders: 1 });
  expect([listWebSockets(proxy).length, listEventStreams(proxy).length]).toEqual([2, 1]);
});

it('is not live while the server has an older state of the same epoch than the one that is shown', async () => {
  const [original, copy] = [createTempDirectory(), createTempDirectory()];
  const options = { HEARTBEAT_MS: 100 };
  const first = await startApp({ ...options, DATA_DIR: original });
  await first.close();
  cpSync(original, copy, { recursive: true });
  const second = await startApp({ ...options, DATA_DIR: original, PORT: first.port });
  const watched = recordWatch(second.url, { staleAfterMs: 400 });
  await add(second.url, 'orders', 5);
  await add(second.url, 'orders', 5);
  await watched.waitForValues({ orders: 10 });
  await second.close();
  const third = await startApp({ ...options, DATA_DIR: copy, PORT: first.port });
  await watched.waitForStatus('stale');
  await add(third.url, 'orders', 1);
  expect([watched.status.state === 'live', watched.snapshot?.counters['orders']]).toEqual([false, 10]);
  await add(third.url, 'orders', 1);
  await add(third.url, 'orders', 1);
  await watched.waitForValues({ orders: 3 });
  await watched.waitForStatus('live');
});

describe.each(['WebSocket', 'stream'])('by %s', (transport) => {
  async function start(overrides: Partial<Config> = {}) {
    const running = await startAppBehindProxy({ HEARTBEAT_MS: 100, ...overrides });
    running.proxy.stripsUpgrades = transport === 'stream';
    return running;
  }

  it('reports the state and every newer one while live', async () => {
    const { url, proxy } = await start();
    const watched = recordWatch(proxy.url);
    expect(watched.status).toEqual({ state: 'connecting' });
    await watched.waitForStatus('live');
    expect(watched.snapshots).toEqual([
      {
        dashboard: 'main',
        epoch: expect.any(String),
        revision: 0,
        at: expect.any(Number),
        counters: { orders: 0, customers: 0, products: 0 },
      },
    ]);
    for (let i = 1; i <= 3; i += 1) await add(url, 'orders', 1);
    await watched.waitForValues({ orders: 3, customers: 0, products: 0 });
    expect(isAscending(watched.snapshots.map(({ revision }) => revision))).toBe(true);
    expect(watched.statuses).toEqual([{ state: 'live' }]);
    expect([listWebSockets(proxy).length, listEventStreams(proxy).length]).toEqual(
      transport === 'stream' ? [1, 1] : [1, 0],
    );
  });

  it('reconnects to the newest state after the connection is lost', async () => {
    const { url, proxy } = await start();
    const watched = recordWatch(proxy.url);
    await watched.waitForStatus('live');
    const reconnecting = watched.waitForStatus('reconnecting');
    proxy.cutAll();
    expect(await reconnecting).toMatchObject({
      state: 'reconnecting',
      since: expect.any(Number),
      at: expect.any(Number),
      inMs: expect.any(Number),
      reason: expect.any(String),
    });
    await add(url, 'orders', 2);
    await watched.waitForValues({ orders: 2 });
    expect(watched.status.state).toBe('live');
  });

  it('drops a truncated frame and reconnects', async () => {
    const { url, proxy } = await start();
    const watched = recordWatch(proxy.url);
    await watched.waitForStatus('live');
    const reconnecting = watched.waitForStatus('reconnecting');
    proxy.toClient = (bytes, pass, { client }) => {
      if (!bytes.includes('"orders":1')) return;
      proxy.restore();
      pass(bytes.subarray(0, bytes.length - 12));
      client.end();
    };
    await add(url, 'orders');
    await reconnecting;
    await watched.waitForValues({ orders: 1 });
    expect(watched.snapshots.map(({ revision }) => revision)).toEqual([0, 1]);
  });

  it('reconnects if the server half-closes the connection', async () => {
    const { proxy } = await start();
    const watched = recordWatch(proxy.url);
    await watched.waitForStatus('live');
    const reconnecting = watched.waitForStatus('reconnecting');
    proxy.halfClose();
    await reconnecting;
    await watched.waitForStatus('live');
  });

  it('is stale when nothing arrives any more, and live again afterwards', async () => {
    const { url, proxy } = await start();
    const watched = recordWatch(proxy.url, { staleAfterMs: 400, connectTimeoutMs: 400 });
    await watched.waitForStatus('live');
    const before = Date.now();
    const stale = watched.waitForStatus('stale');
    proxy.dropBytes();
    await add(url, 'orders');
    expect((await stale).since).toBeGreaterThanOrEqual(before - 400);
    expect(await watched.waitForStatus('reconnecting')).toMatchObject({ reason: 'no response in time' });
    expect(watched.snapshot?.counters).toMatchObject({ orders: 0 });
    proxy.restore();
    await watched.waitForValues({ orders: 1 });
    expect(watched.status.state).toBe('live');
  });

  it('stays live while only heartbeats arrive', async () => {
    const { proxy } = await start();
    const watched = recordWatch(proxy.url, { staleAfterMs: 2_000 });
    await watched.waitForStatus('live');
    let heartbeats = 0;
    proxy.toClient = (bytes, pass) => {
      heartbeats += 1;
      pass(bytes);
    };
    await eventually(() => heartbeats >= 5);
    expect(watched.statuses).toEqual([{ state: 'live' }]);
  });

  it('obeys a reconnect message and finds the restarted service', async () => {
    const DATA_DIR = createTempDirectory();
    const { app, url, proxy, close } = await start({ DATA_DIR, DRAIN_MS: 0 });
    const watched = recordWatch(proxy.url);
    await add(url, 'orders', 3);
    await watched.waitForValues({ orders: 3 });
    const reconnecting = watched.waitForStatus('reconnecting');
    await app.close();
    expect(await reconnecting).toMatchObject({ reason: 'the server is restarting' });
    await close();
    const again = await startApp({ DATA_DIR });
    proxy.port = again.port;
    await watched.waitForStatus('live');
    await add(again.url, 'orders');
    await watched.waitForValues({ orders: 4 });
    expect(isAscending(watched.snapshots.map(({ revision }) => revision))).toBe(true);
  });

  it('a new epoch is reported from its start', async () => {
    const { url, proxy, close } = await start({ DRAIN_MS: 0 });
    const watched = recordWatch(proxy.url);
    await add(url, 'orders', 3);
    await watched.waitForValues({ orders: 3 });
    await close();
    proxy.port = (await startApp()).port;
    await watched.waitForValues({ orders: 0 });
    expect(watched.snapshot?.revision).toBe(0);
  });

  it('reports only the given counters', async () => {
    const { url, proxy } = await start();
    const watched = recordWatch(proxy.url, { counters: ['orders', 'products'] });
    await watched.waitForStatus('live');
    await add(url, 'customers');
    await add(url, 'products');
    await watched.waitForValues({ products: 1 });
    expect(watched.snapshots.at(-1)?.counters).toEqual({ orders: 0, products: 1 });
  });

  it('closes with the problem if the dashboard does not exist', async () => {
    const { proxy } = await start();
    const watched = recordWatch(proxy.url, { dashboard: 'shop' });
    expect(await watched.waitForStatus('closed')).toMatchObject({
      problem: { status: 404, code: 'unknown-dashboard' },
    });
  });

  it('closes if its dashboard is deleted', async () => {
    const { url, proxy } = await start();
    const define = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"counters":{"seen":{}}}' };
    await fetch(`${url}/dashboards/shop`, define);
    const watched = recordWatch(proxy.url, { dashboard: 'shop' });
    await watched.waitForStatus('live');
    await fetch(`${url}/dashboards/shop`, { method: 'DELETE' });
    expect(await watched.waitForStatus('closed')).toMatchObject(
      transport === 'stream' ? { problem: { code: 'unknown-dashboard' } } : { code: 4404 },
    );
  });

  it('waits at least as long as Retry-After says if the viewer limit is reached', async () => {
    const { proxy } = await start({ MAX_VIEWERS: 0 });
    const watched = recordWatch(proxy.url);
    const { inMs, problem } = await watched.waitForStatus('reconnecting');
    expect(problem).toMatchObject({ status: 503, code: 'too-many-viewers' });
    expect(inMs).toBeGreaterThanOrEqual(5_000);
  });

  it('has no connection and reports nothing once it is closed', async () => {
    const { url, proxy } = await start();
    const watched = recordWatch(proxy.url);
    await watched.waitForStatus('live');
    watched.close();
    watched.close();
    // Node's fetch replaces an aborted connection by a new one without requests.
    await eventually(() => [...proxy.openConnections].every(({ sent }) => sent === ''));
    await add(url, 'orders');
    expect(watched.statuses).toEqual([{ state: 'live' }, { state: 'closed', reason: 'closed by the client' }]);
    expect(watched.snapshots).toHaveLength(1);
  });
});

it('a service that accepts connections but is silent is watched once it responds', async () => {
  const { proxy } = await startAppBehindProxy();
  proxy.dropBytes();
  const watched = recordWatch(proxy.url, { connectTimeoutMs: 300 });
  expect(await watched.waitForStatus('reconnecting')).toMatchObject({ reason: 'no response in time' });
  proxy.restore();
  await watched.waitForStatus('live');
});

it('a slow network delivers everything in order', async () => {
  const { url, proxy } = await startAppBehindProxy();
  const queue: (() => void)[] = [];
  proxy.toClient = (bytes, pass) => {
    for (const byte of bytes) queue.push(() => pass(Buffer.from([byte])));
  };
  const drip = setInterval(() => queue.splice(0, 40).forEach((pass) => pass()), 1);
  afterTest(() => clearInterval(drip));
  const watched = recordWatch(proxy.url);
  for (let i = 0; i < 10; i += 1) await add(url, 'orders');
  await watched.waitForValues({ orders: 10 });
  expect(watched.statuses).toEqual([{ state: 'live' }]);
});
