/** Server-sent events, from the first byte of a stream to its end. */
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

describe('an event stream', () => {
  it('starts with retry and a snapshot, then has the same messages as tallyboard.v1', async () => {
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

  it('has headers that keep caches and proxies from storing or buffering it', async () => {
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

  it('has only the counters of its filter', async () => {
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

  it('gets comments as heartbeats while nothing changes', async () => {
    const { url } = await startApp({ ...MEMORY, HEARTBEAT_MS: 100 });
    const stream = await watchSse(`${url}/dashboard`);
    await stream.waitFor(({ comments }) => comments.length >= 3);
    expect(stream.comments.slice(0, 3)).toEqual(['heartbeat', 'heartbeat', 'heartbeat']);
    expect(stream.messages).toMatchObject([{ type: 'snapshot', counters: ZERO }]);
  });

  it('is served when the request offers an upgrade to another protocol', async () => {
    const { port } = await startApp(MEMORY);
    const client = await connectRaw(port);
    client.send(formatRequest('GET /dashboard', { ...STREAM, Connection: 'Upgrade', Upgrade: 'h2c' }));
    expect((await client.readHead()).status).toBe(200);
    expect(await client.readLine()).toBe('retry: 2000');
  });

  it('that is requested before an earlier request is answered starts after that response', async () => {
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

it('a connection with 1,000 pipelined stream requests gets one stream and is not read further', async () => {
  const { app, port } = await startApp(MEMORY);
  const accepted = once(app.getHttpServer(), 'connection') as Promise<[Socket]>;
  const client = await connectRaw(port);
  const [socket] = await accepted;
  client.send(formatRequest('GET /dashboard', STREAM).repeat(1_000));
  await eventually(() => socket.isPaused() && app.get(ViewerAdmission).viewerCount > 0);
  expect(app.get(ViewerAdmission).viewerCount).toBe(1);
});

describe('Last-Event-ID', () => {
  it('of the present state gets no snapshot, and the next patch continues from it', async () => {
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

  it('of the last event counts as the present state if only other counters have changed since', async () => {
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
    ['a future state', (epoch: string) => `${epoch}:3`],
    ['another epoch', () => '2f6e0d6c-0b0f-4d5e-8f7e-2d1c3b4a5968:2'],
    ['no valid form', () => '2'],
    ['an empty id', () => ''],
  ])('of %s gets a snapshot', async (_, createId) => {
    const { url, call, dashboard } = await startApi(MEMORY);
    for (let orders = 0; orders < 2; orders += 1) await call('POST /order');
    const { epoch } = await dashboard();
    const stream = await watchSse(`${url}/dashboard`, { 'Last-Event-ID': createId(epoch) });
    await stream.waitForValues({ orders: 2 });
    expect(stream.messages).toMatchObject([{ type: 'snapshot', revision: 2 }]);
  });
});

describe('the snapshot route', () => {
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

  it('answers HEAD with the headers of a stream and registers no viewer', async () => {
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
  ])('refuses a stream of %s with config %o with status %i', async (path, config, status, code) => {
    const { call } = await startApi({ ...MEMORY, ...config });
    const answer = await call(`GET ${path}`, undefined, STREAM);
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });
});

it('a connection on which a stream was refused can request another', async () => {
  const { port } = await startApp(MEMORY);
  const client = await connectRaw(port);
  client.send(formatRequest('GET /dashboards/nowhere', STREAM));
  expect((await client.readResponse()).status).toBe(404);
  client.send(formatRequest('GET /dashboards/main', STREAM));
  expect((await client.readHead()).status).toBe(200);
});

describe('the end of a stream', () => {
  it('by the client unregisters the viewer, however the connection is closed', async () => {
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

  it('at shutdown asks the client to reconnect, and does not delay the exit', async () => {
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
    expect([retries.length, endedAs]).toEqual([2, 'complete']);
  });
});
