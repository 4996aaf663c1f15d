/** Viewers while the shared store is away or after it was emptied: they stay connected, are warned, and catch up. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../src/config/config.js';
import { RedisUrl } from '../../src/config/redis-url.js';
import { startApi } from '../support/api-client.js';
import { startCuttableProxy } from '../support/cuttable-proxy.js';
import { eventually } from '../support/cleanup.js';
import { startRedis } from '../support/redis-server.js';
import { watchSse } from '../support/sse-viewer.js';
import { listStatuses } from '../support/recording-viewer.js';
import { watchBare, watchV1 } from '../support/websocket-viewer.js';
import { recordWatch } from '../support/client-watch.js';

const SHOP = '/dashboards/shop';
const STREAM = { Accept: 'text/event-stream' };

function startApiOn({ url }: { readonly url: string }, overrides: Partial<Config> = {}) {
  const REDIS_URL = RedisUrl.parse(url);
  return startApi({ STORE: 'redis', REDIS_URL, BROADCAST_MIN_MS: 0, ...overrides });
}

describe('while Redis is away', () => {
  it('viewers stay and see a degraded status, new viewers get the last known state, and all catch up', async () => {
    const server = await startRedis();
    const { url, call } = await startApiOn(server);
    await call(`PUT ${SHOP}`, { counters: { sales: {} } });
    const [bare, early, stream, watched] = [
      await watchBare(url),
      await watchV1(url),
      await watchSse(`${url}/dashboard`),
      recordWatch(url),
    ];
    await call('POST /order');
    for (const viewer of [bare, early, stream]) await viewer.waitForValues({ orders: 1 });
    await server.kill();

    const { since } = await watched.waitForStatus('degraded');
    expect(Date.now() - since).toBeLessThan(60_000);
    for (const viewer of [early, stream]) await viewer.waitFor(({ last }) => last?.type === 'status');
    for (const { last } of [early, stream]) expect(last).toEqual({ type: 'status', degraded: true, since });
    const late = await watchV1(url);
    await late.waitFor(({ frames }) => frames.length === 2);
    expect(late.frames).toMatchObject([
      { type: 'snapshot', counters: { orders: 1 } },
      { degraded: true, since },
    ]);
    for (const path of ['/dashboard', '/dashboards', `${SHOP}/counters`, `${SHOP}/counters/sales`, `${SHOP}/history`]) {
      const { status, body, headers } = await call(`GET ${path}`);
      expect([path, status, body.code, headers.get('retry-after')]).toEqual([path, 503, 'store-unavailable', '1']);
    }
    expect((await call(`GET ${SHOP}`, undefined, STREAM)).status).toBe(503);
    expect((await call('POST /order')).status).toBe(503);

    await server.start();
    await watched.waitForStatus('live');
    await eventually(async () => (await call('POST /order')).status === 200);
    for (const viewer of [bare, early, stream, late]) await viewer.waitForValues({ orders: 2 });
    for (const messages of [early.frames, stream.messages, late.frames]) {
      expect(listStatuses(messages)).toEqual([true, false]);
    }
    expect(bare.frames.every((frame) => Object.keys(frame).join() === 'orders,customers,products')).toBe(true);
    expect((await call(`GET ${SHOP}`)).status).toBe(200);
    for (const viewer of [bare, early, late]) expect(viewer.closed).toBeUndefined();
  });

  it('an instance starts, and creates main as soon as Redis is there', async () => {
    const server = await startRedis();
    await server.stop();
    rmSync(join(server.directory, 'appendonlydir'), { recursive: true });
    const { call, url } = await startApiOn(server);
    expect((await call('GET /dashboard')).status).toBe(503);
    expect((await call('GET /health/ready')).status).toBe(503);
    await server.start();
    await eventually(async () => (await call('GET /health/ready')).status === 200);
    await eventually(async () => (await call('GET /dashboards')).body.dashboards?.length === 1);
    const viewer = await watchV1(url);
    await call('POST /order');
    await viewer.waitForValues({ orders: 1 });
  });
});

describe('when Redis is flushed', () => {
  it('viewers of main continue on the same connections with a new epoch, and others are closed with 4404', async () => {
    const server = await startRedis();
    const { url, call } = await startApiOn(server);
    await call(`PUT ${SHOP}`, { counters: { sales: {} } });
    await call('PUT /dashboards/main', { counters: { returns: {} } });
    const [bare, v1, stream, watched] = [
      await watchBare(url),
      await watchV1(url, '/dashboard?totals'),
      await watchSse(`${url}/dashboard`),
      recordWatch(url),
    ];
    const [shop, returns] = [await watchV1(url, SHOP), await watchV1(url, '/dashboard?counters=returns')];
    for (let order = 0; order < 3; order += 1) await call('POST /order');
    for (const viewer of [bare, v1, stream]) await viewer.waitForValues({ orders: 3 });
    const { epoch } = (await call('GET /dashboard')).body;
    await server.command('FLUSHALL');

    for (const viewer of [shop, returns]) await viewer.waitFor(({ closed }) => closed?.code === 4_404);
    for (const viewer of [bare, v1, stream]) await viewer.waitForValues({ orders: 0, customers: 0, products: 0 });
    await watched.waitForValues({ orders: 0 });
    const { body } = await call('GET /dashboard');
    expect(body.epoch).not.toBe(epoch);
    for (const viewer of [v1, stream]) expect(viewer.states.at(-1)).toMatchObject({ epoch: body.epoch, revision: 0 });
    expect(watched.snapshot).toMatchObject({ epoch: body.epoch, revision: 0 });
    await call('POST /order');
    for (const viewer of [bare, v1, stream]) await viewer.waitForValues({ orders: 1, customers: 0, products: 0 });
    await watched.waitForValues({ orders: 1 });
    expect(v1.last).toMatchObject({
      type: 'patch',
      from: 0,
      revision: 1,
      counters: { orders: 1 },
      added: { orders: 1 },
    });
    expect(watched.statuses.map(({ state }) => state)).not.toContain('reconnecting');
    for (const viewer of [bare, v1]) expect(viewer.closed).toBeUndefined();
  });

  it('the next change of main is counted: the instance defines main again', async () => {
    const server = await startRedis();
    const { call, url } = await startApiOn(server);
    await call('POST /order');
    await server.command('FLUSHALL');
    expect((await call('DELETE /order')).status).toBe(400);
    await server.command('FLUSHALL');
    const lines = ['orders', 'nothing', 'products'].map((counter) => ({
      dashboard: 'main',
      changes: [{ counter, by: 2 }],
    }));
    const body = lines.map((line) => JSON.stringify(line)).join('\n');
    const response = await fetch(`${url}/changes`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/x-ndjson' },
    });
    const answers = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(answers).toMatchObject([{ revision: 1 }, { code: 'unknown-counter', line: 2 }, { revision: 2 }]);
    expect((await call('GET /dashboard')).body.counters).toEqual({ orders: 2, customers: 0, products: 2 });
  });
});

describe('an instance that is cut off while another one counts', () => {
  it('reports degraded to its viewers, and recovery only after they have seen what they missed', async () => {
    const server = await startRedis();
    const proxy = await startCuttableProxy(server.port);
    const [cut, other] = [await startApiOn(proxy, { BROADCAST_MIN_MS: 100 }), await startApiOn(server)];
    const viewers = [
      await watchV1(cut.url),
      await watchV1(cut.url, '/dashboard?counters=orders&totals'),
      await watchV1(cut.url, '/dashboard?counters=products'),
    ];
    for (let round = 1; round <= 3; round += 1) {
      await other.call('POST /order');
      for (const viewer of viewers.slice(0, 2)) await viewer.waitForValues({ orders: 2 * round - 1 });
      proxy.refuseConnections();
      for (const viewer of viewers) await viewer.waitFor(({ frames }) => listStatuses(frames).length === 2 * round - 1);
      await other.call('POST /order');
      proxy.restore();
      for (const viewer of viewers) await viewer.waitFor(({ frames }) => listStatuses(frames).length === 2 * round);
      for (const viewer of viewers.slice(0, 2)) {
        expect(viewer.frames.at(-1)).toMatchObject({ type: 'status', degraded: false });
        expect(viewer.states.at(-1)).toMatchObject({ revision: 2 * round, counters: { orders: 2 * round } });
      }
    }
    for (const viewer of viewers) expect(listStatuses(viewer.frames)).toEqual([true, false, true, false, true, false]);
  });
});
