/** The log of a real process: one line per event, no secrets, and no blocking by a reader that stops. */
import { connect } from 'node:net';
import { createCaller } from '../support/api-client.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { encodeClientFrame } from '../harness/websocket-frames.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';
import { connectRaw, watchRaw } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';
import { watchSse } from '../support/sse-viewer.js';
import { createTempDirectory } from '../support/temp-directory.js';

const compareText = (a: string, b: string): number => (a < b ? -1 : 1);

type Line = Readonly<Record<string, unknown>>;

/** Returns the complete lines of a service's log so far. */
function readLines({ output }: Service): Line[] {
  const whole = output().slice(0, output().lastIndexOf('\n') + 1);
  return whole.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
}

/** Resolves with the lines that have a message, as soon as there are `count` of them. */
async function waitForLines(service: Service, msg: string, count = 1): Promise<Line[]> {
  const findLines = () => readLines(service).filter((line) => line['msg'] === msg);
  await eventually(() => findLines().length >= count);
  return findLines();
}

it('refusals, viewers and the shutdown are logged with fields and request ids', async () => {
  const service = await startService({ STORE: 'memory' });
  const { url, port } = service;
  const call = createCaller(url);
  const asked = await call('DELETE /order?x=1', undefined, { 'X-Request-Id': 'from-the-proxy' });
  expect(asked.headers.get('x-request-id')).toBe('from-the-proxy');
  const made = (await call('GET /dashboards/nobody')).headers.get('x-request-id');
  const upgrade = await connectRaw(port);
  upgrade.send(formatHandshake({ 'X-Request-Id': 'u1' }, 'GET /nowhere'));
  expect((await upgrade.readResponse()).headers['x-request-id']).toBe('u1');
  const broken = await connectRaw(port);
  broken.send('what?\r\n\r\n');
  const { headers } = await broken.readResponse();
  const target = await connectRaw(port);
  target.send(formatRequest('GET http://[::1/order', { 'X-Request-Id': 't1' }));
  expect((await target.readResponse()).headers['x-request-id']).toBe('t1');
  const client = { address: '127.0.0.1' };
  expect(await waitForLines(service, 'request refused', 5)).toMatchObject([
    {
      level: 'info',
      context: 'Refusals',
      code: 'nothing-to-remove',
      status: 400,
      method: 'DELETE',
      path: '/order',
      ...client,
      requestId: 'from-the-proxy',
    },
    { code: 'unknown-dashboard', status: 404, method: 'GET', path: '/dashboards/nobody', requestId: made },
    { code: 'unknown-route', status: 404, method: 'GET', path: '/nowhere', ...client, requestId: 'u1' },
    { code: 'invalid-request', status: 400, ...client, requestId: headers['x-request-id'] },
    { code: 'invalid-request', status: 400, method: 'GET', path: '/order', ...client, requestId: 't1' },
  ]);
  const viewer = await watchRaw(port, { 'X-Request-Id': 'v1' });
  const opened = { level: 'info', context: 'Viewers', dashboard: 'main', kind: 'bare', ...client, requestId: 'v1' };
  expect(await waitForLines(service, 'viewer connected')).toMatchObject([opened]);
  const ended = service.stop();
  await viewer.readCloseCode();
  viewer.socket.destroy();
  await ended;
  const closed = await waitForLines(service, 'viewer disconnected');
  expect(closed).toMatchObject([{ ...opened, code: 1_012, reason: 'restarting', lastedMs: expect.any(Number) }]);
  expect(readLines(service).map(({ msg }) => msg)).toEqual(
    expect.arrayContaining([
      'SIGTERM: shutting down',
      'all connections closed',
      expect.stringMatching(/^shut down in \d+ ms$/),
    ]),
  );
});

it("warnings of Node and of the store's threads are log lines, each of them once", async () => {
  const preload = `
    import { isMainThread } from 'node:worker_threads';
    const warn = () => {
      // Before the service has taken over, Node prints.
      if (process.listeners('warning').some(({ name }) => name === 'onWarning')) return;
      process.emitWarning('from ' + (isMainThread ? 'the main thread' : 'another thread'), { code: 'TEST' + isMainThread });
    };
    setInterval(warn, 10).unref();`;
  const service = await startService({
    DATA_DIR: createTempDirectory(),
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(preload)}`,
  });
  const client = await connectRaw(service.port);
  // Express parses it with the deprecated url.parse.
  client.send(formatRequest('GET //a@[::1#/order?ticket=secret').repeat(2));
  for (let count = 0; count < 2; count += 1) await client.readResponse();
  await Promise.all(['from the main thread', 'from another thread'].map((msg) => waitForLines(service, msg)));
  await eventually(() => service.output().includes('DEP0170'));
  expect(await service.stop()).toBe(0);
  const warnings = readLines(service).filter(({ context }) => context === 'Node');
  expect(warnings.map(({ level, code, msg }) => [level, code, msg].join(' ')).toSorted(compareText)).toEqual([
    expect.stringMatching(/^warn DEP0170 The URL … is invalid\./),
    'warn TESTfalse from another thread',
    'warn TESTtrue from the main thread',
  ]);
  expect(service.output()).not.toMatch(/secret/);
});

it('request ids that are too long or not visible ASCII are replaced', async () => {
  const { port, url } = await startService({ STORE: 'memory' });
  for (const sent of ['two words', 'x'.repeat(129), '', 'caf\u00e9']) {
    const client = await connectRaw(port);
    client.send(formatRequest('GET /dashboard', { 'X-Request-Id': sent }));
    expect((await client.readResponse()).headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  }
  const { headers } = await fetch(`${url}/order`, { method: 'POST', headers: { 'X-Request-Id': '~'.repeat(128) } });
  expect(headers.get('x-request-id')).toBe('~'.repeat(128));
  // A change without a request id gets none in the response.
  expect((await fetch(`${url}/order`, { method: 'POST' })).headers.get('x-request-id')).toBeNull();
});

it('no token is ever logged, wherever a client sends it', async () => {
  const [secret, wrong] = ['s3cr3t-0f-the-b0ss-4711', 'wr0ng-t0ken-0f-a-cl1ent'];
  const env = { STORE: 'memory', LOG_LEVEL: 'debug', ADMIN_TOKENS: `boss:${secret}` };
  const service = await startService({ ...env, WRITE_TOKENS: `till@shop:${secret}2`, ALLOW_ANONYMOUS: 'read' });
  const { port, url } = service;
  const call = createCaller(url);
  const headers = {
    Authorization: `Bearer ${secret}`,
    Cookie: `token=${secret}`,
    'X-Api-Key': secret,
    Referer: `http://a/?t=${secret}`,
  };
  const { ticket } = (await call('POST /tickets', { dashboard: 'main' }, headers)).body as { ticket: string };
  const json = { 'Content-Type': 'application/json' };
  for (const address of ['/dashboard', '/dashboards/main/history', '/nowhere', '/health/live']) {
    await call(`GET ${address}?key=${secret}&${secret}&ticket=${ticket}`, undefined, headers);
    await call(`GET ${address}`, undefined, headers);
  }
  await call(`GET /dashboard?token=${secret}`);
  await call('POST /order', undefined, { Authorization: `Bearer ${wrong}` });
  await call('POST /order', undefined, { Authorization: `Basic ${wrong}` });
  await call(`POST /order?key=${secret}`, { token: secret, password: secret }, headers);
  await call('POST /dashboards/main/changes', { token: secret, changes: [{ counter: secret, by: secret }] }, headers);
  await fetch(`${url}/order`, { method: 'POST', body: `{"token":"${secret}"`, headers: { ...headers, ...json } });
  const lines = `{"token":"${secret}"}\n${secret}\n`;
  const ndjson = { ...headers, 'Content-Type': 'application/x-ndjson' };
  await fetch(`${url}/changes?key=${secret}`, { method: 'POST', body: lines, headers: ndjson });
  const offered = { 'Sec-WebSocket-Protocol': `tallyboard.v1, bearer.${secret}`, 'X-Request-Id': `Bearer ${secret}` };
  const viewer = await connectRaw(port);
  viewer.send(formatHandshake({ ...offered, Cookie: secret }, `GET /dashboard?ticket=${ticket}`));
  expect((await viewer.readResponse()).status).toBe(101);
  viewer.send(encodeClientFrame(0x81, secret));
  viewer.send(encodeClientFrame(0x88, Buffer.concat([Buffer.from([0x0f, 0xa0]), Buffer.from(secret)])));
  const texts = [
    formatHandshake({ ...offered, ...headers }, `GET /nowhere?ticket=${ticket}`),
    formatHandshake(offered, `GET /dashboard?ticket=${wrong}`),
    formatHandshake({ ...offered, 'Sec-WebSocket-Version': '12' }, `GET /dashboard?ticket=${ticket}`),
    formatRequest(`GET http://user:${secret}@localhost/nowhere?key=${secret}`, headers),
    formatRequest(`CONNECT user:${secret}@localhost:1`, headers),
    `GET /dashboard?key=${secret} HTTP/7.7\r\nAuthorization: ${secret}\r\n\r\n`,
    formatRequest('GET /nowhere', { Expect: secret }),
  ];
  for (const text of texts) {
    const client = await connectRaw(port);
    client.send(text);
    await client.readResponse();
  }
  const stream = await watchSse(`${url}/dashboard?ticket=${ticket}`);
  await stream.waitFor(({ messages }) => messages.length > 0);
  stream.response.destroy();
  await waitForLines(service, 'viewer disconnected', 2);
  expect(await service.stop()).toBe(0);
  const logged = readLines(service);
  expect(logged.filter(({ msg }) => msg === 'request completed').length).toBeGreaterThan(3);
  const codes = logged.flatMap(({ msg, code }) => (msg === 'request refused' ? [code] : []));
  expect(codes).toEqual(
    expect.arrayContaining([
      'token-invalid',
      'token-in-address',
      'ticket-invalid',
      'invalid-request',
      'unknown-parameter',
    ]),
  );
  for (const word of [secret, wrong, ticket]) expect(service.output().split(word).slice(1)).toEqual([]);
  expect(logged.filter(({ path }) => String(path).startsWith('/health'))).toEqual([]);
  expect(logged.filter(({ msg }) => msg === 'viewer connected')).toMatchObject([{ who: 'boss' }, { who: 'boss' }]);
});

it('repeated refusals are logged a few times, then counted', async () => {
  const service = await startService({ STORE: 'memory' });
  const client = await connectRaw(service.port);
  client.send(formatRequest('DELETE /order').repeat(300));
  for (let one = 0; one < 300; one += 1) await client.readResponse();
  expect(await service.stop()).toBe(0);
  const refusals = readLines(service).filter(({ code }) => code === 'nothing-to-remove');
  const leftOut = refusals.reduce((sum, line) => sum + Number(line['leftOut'] ?? 0), 0);
  expect(refusals.filter(({ msg }) => msg === 'request refused').length + leftOut).toBe(300);
  expect(refusals.length).toBeLessThan(30);
});

it('LOG_FORMAT=pretty writes readable lines, without colours if not on a terminal', async () => {
  const service = await startService({ STORE: 'memory', LOG_FORMAT: 'pretty' });
  await createCaller(service.url)('GET /nowhere');
  await eventually(() => service.output().includes('refused'));
  expect(service.output()).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: Tallyboard: Listening on http:\/\//m);
  expect(service.output()).toMatch(
    /^\[[\d:.]+\] INFO: Refusals: request refused \{"code":"unknown-route",.*"path":"\/nowhere"/m,
  );
});

it('a log that nobody reads does not block requests, and is complete when it is read', async () => {
  const service = await startService({ STORE: 'memory', LOG_LEVEL: 'debug' });
  const { child, port } = service;
  child.stdout.pause();
  const requests = 1_200;
  const path = `/dashboards/main/counters/orders/badge.svg?label=${'x'.repeat(10)}`;
  // A plain socket: of so many responses only the number matters. A status line may be cut in two.
  const socket = connect(port, '127.0.0.1', () =>
    socket.write(formatRequest(`GET ${path}`, { 'X-Request-Id': 'i'.repeat(128) }).repeat(requests)),
  );
  afterTest(() => socket.destroy());
  let received = '';
  for await (const text of socket.setEncoding('latin1')) {
    received += String(text);
    if (received.split('HTTP/1.1 200').length - 1 === requests) break;
  }
  child.stdout.resume();
  expect(await waitForLines(service, 'request completed', requests)).toHaveLength(requests);
  // More than the buffer of a pipe.
  expect(service.output().length).toBeGreaterThan(300_000);
});

it('a proxy that reports something other than an address is warned of once', async () => {
  const service = await startService({ STORE: 'memory', TRUST_PROXY: 'loopback' });
  const call = createCaller(service.url);
  for (const name of ['unknown', 'till-1.example', 'till-2.example'])
    await call('DELETE /order', undefined, { 'X-Forwarded-For': `203.0.113.7, ${name}` });
  expect(await waitForLines(service, 'request refused', 3)).toMatchObject(
    [1, 2, 3].map(() => ({ address: '127.0.0.1' })),
  );
  expect(readLines(service).filter(({ context }) => context === 'ClientAddress')).toMatchObject([
    { level: 'warn', msg: expect.stringMatching(/^X-Forwarded-For from the proxy 127\.0\.0\.1 has an entry/) },
  ]);
});
