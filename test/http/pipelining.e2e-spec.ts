/** Pipelined requests: answered in order, and a body or garbage is never taken for a request. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { CounterStore } from '../../src/store/store.js';
import { startApp } from '../support/app.js';
import { eventually } from '../support/cleanup.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';

const ADD = formatRequest('POST /order');
const JSON_TYPE = { 'Content-Type': 'application/json' };

async function startWithClient() {
  const running = await startApp({ STORE: 'memory' });
  return { ...running, client: await connectRaw(running.port) };
}

describe('pipelined requests', () => {
  it('are answered in order', async () => {
    const { client, dashboard } = await startWithClient();
    const lines = ['POST /order', 'DELETE /order', 'DELETE /order', 'GET /nowhere', 'POST /product', 'GET /order'];
    client.send(lines.map((line) => formatRequest(line)).join(''));
    const answers = [];
    for (const _ of lines) answers.push((await client.readResponse()).status);
    expect(answers).toEqual([200, 200, 400, 404, 200, 405]);
    expect((await dashboard()).counters).toEqual({ orders: 0, customers: 0, products: 1 });
  });

  it('are all counted when 500 arrive at once', async () => {
    const { client, dashboard } = await startWithClient();
    client.send(ADD.repeat(500));
    for (let answers = 0; answers < 500; answers += 1) expect((await client.readResponse()).status).toBe(200);
    expect((await dashboard()).counters).toMatchObject({ orders: 500 });
  });

  it('that read see the changes before them, and are served one at a time', async () => {
    const { owner, client } = await startWithClient();
    const store = owner.get(CounterStore);
    const searchLedger = store.searchLedger.bind(store);
    let [running, most] = [0, 0];
    store.searchLedger = async (...args) => {
      most = Math.max(most, (running += 1));
      await setImmediate();
      running -= 1;
      return searchLedger(...args);
    };
    const reads = formatRequest('GET /dashboards/main/changes').repeat(5);
    client.send(ADD + formatRequest('GET /dashboard') + reads);
    await client.readResponse();
    expect(JSON.parse((await client.readResponse()).body)).toMatchObject({ counters: { orders: 1 } });
    for (let answers = 0; answers < 5; answers += 1) expect((await client.readResponse()).status).toBe(200);
    expect(most).toBe(1);
  });

  it('that read may be sent by the thousand, and get their responses', async () => {
    const { client } = await startWithClient();
    const request = 'GET /dashboards/main/counters/orders HTTP/1.1\r\nHost: x\r\nX-Request-Id: ';
    const ids = Array.from({ length: 5_000 }, (_, index) => `id-${index}`);
    client.send(ids.map((id) => `${request}${id}\r\n\r\n`).join(''));
    for (const _ of ids) expect((await client.readResponse()).status).toBe(200);
  });

  it('that read stop the reading of their connection while a hundred wait, and are refused when 5,000 do', async () => {
    const { app, owner, port } = await startApp({ STORE: 'memory' });
    const accepted = once(app.getHttpServer(), 'connection') as Promise<[Socket]>;
    const client = await connectRaw(port);
    const [socket] = await accepted;
    const gate = { open: (): void => undefined };
    const opened = new Promise<void>((resolve) => (gate.open = resolve));
    const store = owner.get(CounterStore);
    store.searchLedger = () => opened.then(() => ({ entries: [] }));
    const sent = formatRequest('GET /dashboards/main/changes') + formatRequest('GET /nowhere').repeat(5_002);
    client.send(sent);
    await eventually(() => socket.isPaused());
    expect(socket.bytesRead).toBeLessThan(sent.length);
    // Node goes on when a large response has been taken.
    await eventually(() => socket.emit('drain') && socket.bytesRead === sent.length);
    gate.open();
    const statuses: number[] = [];
    while (statuses.length < 5_003) statuses.push((await client.readResponse()).status);
    expect([statuses[0], new Set(statuses.slice(1, 5_001)), statuses.slice(5_001)]).toEqual([
      200,
      new Set([404]),
      [503, 503],
    ]);
  });

  it('get their own responses when garbage follows them', async () => {
    const { client, dashboard } = await startWithClient();
    client.send(`${ADD}${ADD}let me in\r\n\r\n`);
    const answers = [await client.readResponse(), await client.readResponse(), await client.readResponse()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400]);
    await client.waitForClose();
    expect((await dashboard()).counters).toMatchObject({ orders: 2 });
  });

  it.each([
    ['of another media type', { 'Content-Type': 'text/plain' }, 415],
    ['without a media type', {}, 415],
  ])('hidden in a body %s are not counted', async (_, type, status) => {
    const { client, dashboard } = await startWithClient();
    client.send(formatRequest('POST /product', { ...type, 'Content-Length': String(ADD.length) }, ADD));
    expect((await client.readResponse()).status).toBe(status);
    client.send(formatRequest('DELETE /order'));
    expect((await client.readResponse()).status).toBe(400);
    expect(await dashboard()).toMatchObject({ revision: 0 });
  });

  it('hidden behind a body with Content-Length and Transfer-Encoding are not counted', async () => {
    const { client, dashboard } = await startWithClient();
    const headers = { ...JSON_TYPE, 'Content-Length': '4', 'Transfer-Encoding': 'chunked' };
    client.send(formatRequest('POST /product', headers, `0\r\n\r\n${ADD}`));
    expect((await client.readResponse()).status).toBe(400);
    await client.waitForClose();
    expect(await dashboard()).toMatchObject({ revision: 0 });
  });
});

describe('a short route with', () => {
  it.each([
    ['a JSON object', formatRequest('POST /order', { ...JSON_TYPE, 'Content-Length': '12' }, '{"amount":9}')],
    ['JSON null', formatRequest('POST /order', { ...JSON_TYPE, 'Content-Length': '4' }, 'null')],
    [
      'JSON in chunks',
      formatRequest('POST /order', { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' }, '2\r\n{}\r\n0\r\n\r\n'),
    ],
    ['a length of zero', formatRequest('POST /order', { 'Content-Length': '0' })],
    ['100-continue', formatRequest('POST /order', { Expect: '100-continue', 'Content-Length': '0' })],
    ['a query', formatRequest('POST /order?by=9')],
    ['HTTP/1.0 without Host', 'POST /order HTTP/1.0\r\n\r\n'],
    [
      'an offer of h2c',
      formatRequest('POST /order', { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': '' }),
    ],
  ])('%s adds one', async (_, sent) => {
    const { client, dashboard } = await startWithClient();
    client.send(sent);
    const first = await client.readResponse();
    const { status, body } = first.status === 100 ? await client.readResponse() : first;
    expect([status, body]).toEqual([200, 'Order Added']);
    expect((await dashboard()).counters).toEqual({ orders: 1, customers: 0, products: 0 });
  });
});
