/** What a viewer on a stream of server-sent events gets, from its first byte to the end that the server gives it. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { ViewerAdmission } from '../../src/dashboard/live/viewer-admission.js';
import { startApi, startShop } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { eventually } from '../support/cleanup.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';
import { startService } from '../support/service.js';
import { watchSse } from '../support/sse-viewer.js';
import { watchV1 } from '../support/websocket-viewer.js';

const ZERO = { orders: 0, customers: 0, products: 0 };
const MEMORY = { STORE: 'memory', BROADCAST_MIN_MS: 0 } as const;
const STREAM = { Accept: 'text/event-stream' };

describe('a stream', () => {
  it('begins with retry and a snapshot, and goes on with patches, as tallyboard.v1 does', async () => {
    const { url, call, dashboard } = await startApi(MEMORY);
    await call('POST /product');
    const [stream, socket] = [await watchSse(`${url}/dashboard`), await watchV1(url)];
    await stream.waitForValues({ products: 1 });
    for (let orders = 1; orders <= 3; orders += 1) {
      await call('POST /order');
      await stream.waitForValues({ orders });
      await socket.waitForValues({ orders });
    }
    expect(stream.messages).toEqual(socket.frames);
    const { epoch } = await dashboard();
    expect(stream.ids).toEqual([1, 2, 3, 4].map((revision) => `${epoch}:${revision}`));
    expect(stream.retries).toEqual([2_000]);
  });

  it('has headers that keep everyone on the way from holding it back', async () => {
    const { url } = await startApp(MEMORY);
    const { response } = await watchSse(`${url}/dashboards/main`);
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      vary: 'Accept',
    });
  });

  it('shows one dashboard, and of it only the counters that are asked for', async () => {
    const { url, call } = await startShop(MEMORY);
    const stream = await watchSse(`${url}/dashboards/shop?counters=sales`);
    await stream.waitForValues({ sales: 0 });
    await call('POST /dashboards/shop/counters/visits/add');
    await call('POST /dashboards/shop/counters/sales/add');
    await stream.waitForValues({ sales: 1 });
    expect(stream.messages).toMatchObject([
      { type: 'snapshot', dashboard: 'shop', counters: { sales: 0 } },
      { type: 'patch', counters: { sales: 1 } },
    ]);
    expect(stream.states.map(({ counters }) => counters)).toEqual([{ sales: 0 }, { sales: 1 }]);
  });

  it('is kept alive by comments when nothing changes', async () => {
    const { url } = await startApp({ ...MEMORY, HEARTBEAT_MS: 100 });
    const stream = await watchSse(`${url}/dashboard`);
    await stream.waitFor(({ comments }) => comments.length === 3);
    expect(stream.comments).toEqual(['heartbeat', 'heartbeat', 'heartbeat']);
    expect(stream.messages).toMatchObject([{ type: 'snapshot', counters: ZERO }]);
  });

  it('is served in the place of an upgrade to something else', async () => {
    const { port } = await startApp(MEMORY);
    const client = await connectRaw(port);
    client.send(formatRequest('GET /dashboard', { ...STREAM, Connection: 'Upgrade', Upgrade: 'h2c' }));
    expect((await client.readHead()).status).toBe(200);
    expect(await client.readLine()).toBe('retry: 2000');
  });

  it('that is asked for before the answer to another request starts after it', async () => {
    const { app, port } = await startApp(MEMORY);
    const client = await connectRaw(port);
    client.send(formatRequest('POST /order') + formatRequest('GET /dashboard', STREAM));
    expect((await client.readResponse()).body).toBe('Order Added');
    expect((await client.readHead()).status).toBe(200);
    expect(await client.readLine()).toBe('retry: 2000');
    client.socket.resetAndDestroy();
    await eventually(() => app.get(ViewerAdmission).viewerCount === 0);
  });
});

it('a client that asks for streams without end on one connection is no longer read', async () => {
  const { app, port } = await startApp(MEMORY);
  const accepted = once(app.getHttpServer(), 'connection') as Promise<[Socket]>;
  const client = await connectRaw(port);
  const [socket] = await accepted;
  client.send(formatRequest('GET /dashboard', STREAM).repeat(1_000));
  await eventually(() => socket.isPaused() && app.get(ViewerAdmission).viewerCount > 0);
  expect(app.get(ViewerAdmission).viewerCount).toBe(1);
});

describe('Last-Event-ID', () => {
  it('of the present state brings no snapshot, and patches go on from there', async () => {
    const { url, call, dashboard } = await startApi(MEMORY);
    await call('POST /order');
    const snapshot = await dashboard();
    const id = `${snapshot.epoch}:${snapshot.revision}`;
    const stream = await watchSse(`${url}/dashboard`, { 'Last-Event-ID': id }, snapshot);
    await stream.waitFor(({ retries }) => retries.length === 1);
    await call('POST /order');
    await stream.waitForValues({ orders: 2 });
    expect(stream.messages).toMatchObject([{ type: 'patch', from: 1, revision: 2, counters: { orders: 2 } }]);
  });

  it('of the last event stands for the present state when only other counters have changed since', async () => {
    const { url, call } = await startShop(MEMORY);
    const path = `${url}/dashboards/shop?counters=sales`;
    const first = await watchSse(path);
    await first.waitForValues({ sales: 0 });
    await call('POST /dashboards/shop/counters/visits/add');
    const again = await watchSse(path, { 'Last-Event-ID': String(first.ids[0]) }, first.states[0]);
    await again.waitFor(({ retries }) => retries.length === 1);
    await call('POST /dashboards/shop/counters/sales/add');
    await again.waitForValues({ sales: 1 });
    expect(again.messages).toMatchObject([{ type: 'patch', from: first.states[0]?.revision }]);
  });

  it.each([
    ['an older state', (epoch: string) => `${epoch}:1`],
    ['a state to come', (epoch: string) => `${epoch}:3`],
    ['another epoch', () => '2f6e0d6c-0b0f-4d5e-8f7e-2d1c3b4a5968:2'],
    ['no state at all', () => '2'],
    ['an empty id', () => ''],
  ])('of %s brings a snapshot', async (_, createId) => {
    const { url, call, dashboard } = await startApi(MEMORY);
    for (let orders = 0; orders < 2; orders += 1) await call('POST /order');
    const { epoch } = await dashboard();
    const stream = await watchSse(`${url}/dashboard`, { 'Last-Event-ID': createId(epoch) });
    await stream.waitForValues({ orders: 2 });
    expect(stream.messages).toMatchObject([{ type: 'snapshot', revision: 2 }]);
  });
});

describe('the same address', () => {
  it.each([
    ['*/*', 'application/json; charset=utf-8'],
    ['application/json, text/event-stream', 'application/json; charset=utf-8'],
    ['text/event-stream;q=0.5, application/json', 'application/json; charset=utf-8'],
    ['text/event-stream;q=0', 'application/json; charset=utf-8'],
    ['text/event-stream, application/json;q=0.9', 'text/event-stream; charset=utf-8'],
    ['text/event-stream, */*', 'text/event-stream; charset=utf-8'],
  ])('answers Accept: %s with %s', async (accept, type) => {
    const { port } = await startApp(MEMORY);
    const client = await connectRaw(port);
    client.send(formatRequest('GET /dashboard', { Accept: accept }));
    const { status, headers } = await client.readHead();
    expect([status, headers['content-type'], headers['vary']]).toEqual([200, type, 'Accept']);
  });

  it('answers HEAD with the headers of a stream, and no viewer', async () => {
    const { app, port } = await startApp(MEMORY);
    const client = await connectRaw(port);
    client.send(formatRequest('HEAD /dashboard', STREAM));
    expect(await client.readHead()).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8' },
    });
    await client.waitForClose();
    expect(app.get(ViewerAdmission).viewerCount).toBe(0);
  });

  it.each([
    ['/dashboards/nowhere', {}, 404, 'unknown-dashboard'],
    ['/dashboards/main?counters=order', {}, 404, 'unknown-counter'],
    ['/dashboard?counters=', {}, 400, 'invalid-request'],
    ['/dashboard', { MAX_VIEWERS: 0 }, 503, 'too-many-viewers'],
  ])('%s %o is refused with %i', async (path, config, status, code) => {
    const { call } = await startApi({ ...MEMORY, ...config });
    const answer = await call(`GET ${path}`, undefined, STREAM);
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });
});

it('a connection on which a stream was refused may ask for another', async () => {
  const { port } = await startApp(MEMORY);
  const client = await connectRaw(port);
  client.send(formatRequest('GET /dashboards/nowhere', STREAM));
  expect((await client.readResponse()).status).toBe(404);
  client.send(formatRequest('GET /dashboards/main', STREAM));
  expect((await client.readHead()).status).toBe(200);
});

describe('the end of a stream', () => {
  it('that the client cuts leaves nothing behind', async () => {
    const { app, port, call } = await startApi(MEMORY);
    for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const client = await connectRaw(port);
      client.send(formatRequest('GET /dashboard', STREAM));
      expect((await client.readHead()).status).toBe(200);
      expect(app.get(ViewerAdmission).viewerCount).toBe(1);
      client.socket[leave]();
      await eventually(() => app.get(ViewerAdmission).viewerCount === 0);
    }
    expect((await call('POST /order')).status).toBe(200);
  });

  it('at a stop says when to come back, and does not keep the process', async () => {
    const { url, port, stop } = await startService({ STORE: 'memory', DRAIN_MS: '700' });
    const stream = await watchSse(`${url}/dashboard`);
    await stream.waitForValues(ZERO);
    const silent = await connectRaw(port);
    silent.send(formatRequest('GET /dashboard', STREAM));
    await silent.readHead();
    silent.socket.pause();
    expect(await stop()).toBe(0);
    await stream.waitFor(({ endedAs }) => endedAs !== undefined);
    const { last, retries, endedAs } = stream;
    expect(last).toEqual({ type: 'reconnect', afterMs: expect.any(Number) });
    expect(last?.type === 'reconnect' && last.afterMs).toBe(retries[1]);
    expect([retries.length, endedAs]).toEqual([2, 'whole']);
  }, 20_000);
});
