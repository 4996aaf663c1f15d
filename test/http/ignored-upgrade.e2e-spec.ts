/** Requests that offer an upgrade to another protocol than WebSocket: served as if they did not (RFC 9110, 7.8). */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { formatHandshake, formatRequest } from '../harness/http-text.js';
import { startApp } from '../support/app.js';
import { connectRaw } from '../support/raw-http.js';

/** The headers of Java's HttpClient and of `curl --http2`. */
const H2C = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAEAAEAAAAIAAAAA' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const NDJSON_TYPE = { 'Content-Type': 'application/x-ndjson' };
const CHUNKED = { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' };
const LINE = '{"dashboard":"main","changes":[{"counter":"orders","by":2}]}\n';
const ADD = 'POST /dashboards/main/counters/orders/add';

function formatBody(line: string, body: string, headers: Readonly<Record<string, string>> = {}): string {
  return formatRequest(line, { ...H2C, ...JSON_TYPE, ...headers, 'Content-Length': String(body.length) }, body);
}

function toChunks(...chunks: string[]): string {
  return [...chunks, ''].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
}

async function startWithClient() {
  const running = await startApp({ STORE: 'memory' });
  const accepted = once(running.app.getHttpServer(), 'connection') as Promise<[Socket]>;
  const client = await connectRaw(running.port);
  const [socket] = await accepted;
  return { ...running, client, socket };
}

describe('a request that offers h2c is served without it, and the connection is kept:', () => {
  it.each<[name: string, sent: string, orders: number]>([
    ['GET', formatRequest('GET /dashboard', H2C), 0],
    ['POST without a body', formatRequest('POST /order', H2C), 1],
    ['POST with a Content-Length', formatBody(ADD, '{"amount":2}'), 2],
    ['POST in chunks', formatRequest(ADD, { ...H2C, ...CHUNKED }, toChunks('{"amou', 'nt":3}')), 3],
    ['several offers', formatRequest('POST /order', { ...H2C, Upgrade: 'h2c, tallyboard/9', upgrade: 'TLS/1.0' }), 1],
    ['headers in capitals', formatRequest('POST /order', { CONNECTION: 'UPGRADE', UPGRADE: 'H2C' }), 1],
  ])('%s', async (_, sent, orders) => {
    const { app, client, dashboard } = await startWithClient();
    client.send(sent);
    expect(await client.readResponse()).toMatchObject({ status: 200 });
    // Again, with most of the body after the offer was seen.
    const cut = sent.indexOf('\r\n\r\n') + '\r\n\r\n'.length + 1;
    const offered = once(app.getHttpServer(), 'upgrade');
    client.send(sent.slice(0, cut));
    await offered;
    client.send(sent.slice(cut));
    expect(await client.readResponse()).toMatchObject({ status: 200 });
    client.send(formatRequest('POST /order'));
    expect(await client.readResponse()).toMatchObject({ status: 200, body: 'Order Added' });
    expect((await dashboard()).counters).toMatchObject({ orders: 2 * orders + 1 });
  });

  it('HEAD', async () => {
    const { client } = await startWithClient();
    client.send(formatRequest('HEAD /dashboard', H2C) + formatRequest('POST /order', H2C));
    expect((await client.readHead()).status).toBe(200);
    expect(await client.readResponse()).toMatchObject({ status: 200, body: 'Order Added' });
  });

  it.each([
    ['with a Content-Length', formatBody('POST /changes', LINE, NDJSON_TYPE), ''],
    ['in chunks', formatRequest('POST /changes', { ...H2C, ...CHUNKED, ...NDJSON_TYPE }), toChunks(LINE)],
  ])('/changes %s', async (_, head, body) => {
    const { client, dashboard } = await startWithClient();
    client.send(head);
    client.send(body);
    expect((await client.readHead()).status).toBe(200);
    while ((await client.readLine()) !== '0');
    await client.readLine();
    client.send(formatRequest('POST /order'));
    expect(await client.readResponse()).toMatchObject({ status: 200, body: 'Order Added' });
    expect((await dashboard()).counters).toMatchObject({ orders: 3 });
  });
});

it('pipelined requests that offer h2c are answered in order', async () => {
  const { client, dashboard } = await startWithClient();
  const sent = [
    formatRequest('POST /order'),
    formatBody(ADD, '{"amount":2}'),
    formatRequest('GET /nowhere', H2C),
    formatRequest('DELETE /order'),
    formatRequest('POST /product', H2C),
    formatRequest('GET /order'),
  ];
  client.send(sent.join(''));
  const statuses: number[] = [];
  for (const _ of sent) statuses.push((await client.readResponse()).status);
  expect(statuses).toEqual([200, 200, 404, 200, 200, 405]);
  expect((await dashboard()).counters).toEqual({ orders: 2, customers: 0, products: 1 });
});

it('a connection that offers h2c again and again leaves nothing behind, and closes when it is idle', async () => {
  const { app, client, socket } = await startWithClient();
  const countListeners = () => socket.eventNames().map((name) => `${String(name)} ${socket.listenerCount(name)}`);
  const offer = async () => {
    client.send(formatBody(ADD, '{"amount":2}'));
    expect((await client.readResponse()).status).toBe(200);
    return countListeners();
  };
  const first = await offer();
  for (let count = 0; count < 20; count += 1) await offer();
  expect(await offer()).toEqual(first);
  app.getHttpServer().closeIdleConnections();
  await client.waitForClose();
});

it('a request that offers h2c and asks for the end of the connection gets it', async () => {
  const { client } = await startWithClient();
  client.send(formatRequest('POST /order', { ...H2C, Connection: 'close, Upgrade, HTTP2-Settings' }));
  expect(await client.readResponse()).toMatchObject({ status: 200, headers: { connection: 'close' } });
  await client.waitForClose();
});

it('a WebSocket handshake is accepted, and refused, after an offer of h2c on the same connection', async () => {
  for (const [line, status] of [
    ['GET /dashboard', 101],
    ['GET /order', 404],
    ['POST /dashboard', 405],
  ] as const) {
    const { client } = await startWithClient();
    client.send(formatBody(ADD, '{"amount":2}'));
    expect((await client.readResponse()).status).toBe(200);
    client.send(formatHandshake({}, line));
    expect((await client.readHead()).status).toBe(status);
  }
});

it('curl --http2 counts with a body and without', async () => {
  const { url, dashboard } = await startApp({ STORE: 'memory' });
  const json = ['-H', 'Content-Type: application/json', '-d', '{"amount":2}'];
  const add = `${url}/dashboards/main/counters/orders/add`;
  const post = ['-X', 'POST', `${url}/order`];
  // The second request of each command uses the connection of the first.
  const { stdout } = await promisify(execFile)('curl', ['-sS', '--http2', ...json, add, add, '--next', '-sS', ...post]);
  expect(stdout).toMatch(/Order Added$/);
  expect((await dashboard()).counters).toMatchObject({ orders: 5 });
});
