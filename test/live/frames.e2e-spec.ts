/** The frames that a viewer receives: bare snapshots, and the messages of `tallyboard.v1`. */
import { DashboardService } from '../../src/dashboard/dashboard.service.js';
import { startApp } from '../support/app.js';
import { formatHandshake } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';
import { watchBare, watchV1 } from '../support/websocket-viewer.js';

const ZERO = { orders: 0, customers: 0, products: 0 };

/** Starts an application, with a function that posts to a route. */
async function startLive(overrides: Parameters<typeof startApp>[0] = {}) {
  const running = await startApp({ STORE: 'memory', BROADCAST_MIN_MS: 0, ...overrides });
  const post = async (path: string) => {
    expect((await fetch(running.url + path, { method: 'POST' })).status).toBe(200);
  };
  return { ...running, post };
}

describe('a viewer without a subprotocol', () => {
  it('gets a bare snapshot at once and after each change', async () => {
    const { url, post } = await startLive();
    const viewer = await watchBare(url);
    expect(viewer.frames).toEqual([ZERO]);
    for (const [index, path] of ['/order', '/sign-up', '/product'].entries()) {
      await post(path);
      await viewer.waitFor(({ frames }) => frames.length === index + 2);
    }
    expect(viewer.frames).toEqual([
      ZERO,
      { ...ZERO, orders: 1 },
      { ...ZERO, orders: 1, customers: 1 },
      { orders: 1, customers: 1, products: 1 },
    ]);
  });

  it('gets the snapshot again at every heartbeat', async () => {
    const { url } = await startLive({ HEARTBEAT_MS: 100 });
    const viewer = await watchBare(url);
    await viewer.waitFor(({ frames }) => frames.length >= 4);
    expect(viewer.frames.slice(0, 4)).toEqual([ZERO, ZERO, ZERO, ZERO]);
  });

  it('that offers only unknown subprotocols gets none, and bare snapshots', async () => {
    const { port } = await startLive();
    const client = await connectRaw(port);
    client.send(formatHandshake({ 'Sec-WebSocket-Protocol': 'graphql-ws, tallyboard.v9' }));
    const { status, headers } = await client.readResponse();
    expect([status, headers['sec-websocket-protocol']]).toEqual([101, undefined]);
    expect(JSON.parse((await client.readFrame()).payload.toString())).toEqual(ZERO);
  });

  it('that offers WebSocket among other upgrades gets it', async () => {
    const { port } = await startLive();
    const client = await connectRaw(port);
    client.send(formatHandshake({ Upgrade: 'h2c, WebSocket' }));
    expect((await client.readResponse()).status).toBe(101);
    expect(JSON.parse((await client.readFrame()).payload.toString())).toEqual(ZERO);
  });

  it('that offers tallyboard.v1 among others gets it', async () => {
    const { port } = await startLive();
    const client = await connectRaw(port);
    client.send(formatHandshake({ 'Sec-WebSocket-Protocol': 'graphql-ws, tallyboard.v1' }));
    expect((await client.readResponse()).headers['sec-websocket-protocol']).toBe('tallyboard.v1');
    expect(JSON.parse((await client.readFrame()).payload.toString())).toMatchObject({
      type: 'snapshot',
      counters: ZERO,
    });
  });
});

describe('a viewer of tallyboard.v1', () => {
  it('gets a snapshot, then patches with the revisions from which and to which they lead', async () => {
    const { url, post, dashboard } = await startLive();
    await post('/product');
    const viewer = await watchV1(url);
    expect(viewer.frames).toEqual([{ type: 'snapshot', ...(await dashboard()), definition: 1, heartbeatMs: 15_000 }]);
    await post('/order');
    await viewer.waitForValues({ orders: 1 });
    await post('/order');
    await viewer.waitForValues({ orders: 2 });
    const at: unknown = expect.any(Number);
    expect(viewer.frames.slice(1)).toEqual([
      { type: 'patch', from: 1, revision: 2, at, counters: { orders: 1 } },
      { type: 'patch', from: 2, revision: 3, at, counters: { orders: 2 } },
    ]);
  });

  it('gets heartbeats with the latest revision while nothing changes', async () => {
    const { url, post, dashboard } = await startLive({ HEARTBEAT_MS: 100 });
    await post('/order');
    const viewer = await watchV1(url);
    await viewer.waitFor(({ frames }) => frames.length >= 3);
    const { revision, at } = await dashboard();
    const heartbeat = { type: 'heartbeat', revision, at };
    expect(viewer.frames.slice(1, 3)).toEqual([heartbeat, heartbeat]);
  });

  it('that connects during changes starts at the latest state and misses nothing after it', async () => {
    const { app, url } = await startLive({ STORE: 'sqlite', BROADCAST_MIN_MS: 5 });
    const dashboards = app.get(DashboardService);
    const changing = { active: true };
    const changes = (async () => {
      while (changing.active) await dashboards.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] });
    })();
    const viewers = [];
    for (let count = 0; count < 20; count += 1) {
      const before = (await dashboards.getLatest('main')).revision;
      const viewer = await watchV1(url);
      expect(viewer.states[0]?.revision).toBeGreaterThanOrEqual(before);
      viewers.push(viewer);
    }
    changing.active = false;
    await changes;
    const orders = (await dashboards.getLatest('main')).getValue('orders') ?? 0;
    for (const viewer of viewers) await viewer.waitForValues({ orders });
  });
});
