/** Limits: what is accepted, how the rest is refused, and that requests are accepted again later. */
import { type ApiCall, createCaller, startApi } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { eventually } from '../support/cleanup.js';
import { passTime, stopTime } from '../support/process-time.js';
import { createOrderLine, postBulkChanges } from '../support/bulk-client.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';
import { connectRaw, type RawResponse } from '../support/raw-http.js';
import { authorizeWith, TOKEN_CONFIG, SECRETS } from '../support/token-service.js';

const MEMORY = { STORE: 'memory', TRUST_PROXY: 'loopback' } as const;
const STREAM = { Accept: 'text/event-stream' };
const forwardedFor = (address: string) => ({ 'X-Forwarded-For': address });

/** Sends a request on a new connection. */
async function sendOnce(port: number, text: string): Promise<RawResponse> {
  const client = await connectRaw(port);
  client.send(text);
  return client.readResponse();
}

const summarizeProblem = ({ status, headers, body }: RawResponse) => [
  status,
  JSON.parse(body).code,
  headers['retry-after'],
];

describe('MAX_VIEWERS_PER_ADDRESS', () => {
  it.each([
    ['by WebSocket', (headers: object) => formatHandshake({ ...headers }), 101],
    ['by server-sent events', (headers: object) => formatRequest('GET /dashboard', { ...STREAM, ...headers }), 200],
  ])('limits viewers %s; the next is admitted when one has disconnected', async (_, text, admitted) => {
    const { port } = await startApp({ ...MEMORY, MAX_VIEWERS_PER_ADDRESS: 2 });
    const first = await connectRaw(port);
    first.send(text(forwardedFor('192.0.2.1')));
    expect((await first.readHead()).status).toBe(admitted);
    const second = await connectRaw(port);
    second.send(text(forwardedFor('192.0.2.1')));
    expect((await second.readHead()).status).toBe(admitted);
    expect(summarizeProblem(await sendOnce(port, text(forwardedFor('192.0.2.1'))))).toEqual([
      429,
      'too-many-from-address',
      '5',
    ]);
    const other = await connectRaw(port);
    other.send(text(forwardedFor('192.0.2.2')));
    expect((await other.readHead()).status).toBe(admitted);
    first.socket.destroy();
    await eventually(async () => {
      const again = await connectRaw(port);
      again.send(text(forwardedFor('192.0.2.1')));
      return (await again.readHead()).status === admitted;
    });
  });

  it('counts an IPv6 /64 network as one address', async () => {
    const { port } = await startApp({ ...MEMORY, MAX_VIEWERS_PER_ADDRESS: 1 });
    expect((await sendOnce(port, formatHandshake(forwardedFor('2001:db8:1:2::1')))).status).toBe(101);
    expect(summarizeProblem(await sendOnce(port, formatHandshake(forwardedFor('2001:db8:1:2:ffff::9'))))[0]).toBe(429);
    expect((await sendOnce(port, formatHandshake(forwardedFor('2001:db8:1:3::1')))).status).toBe(101);
  });
});

it('MAX_WATCH_ATTEMPTS_PER_S limits attempts per address, WebSocket and SSE together', async () => {
  const { port } = await startApp({ ...MEMORY, MAX_WATCH_ATTEMPTS_PER_S: 2 });
  stopTime();
  expect((await sendOnce(port, formatHandshake(forwardedFor('192.0.2.1'), 'GET /dashboards/nowhere'))).status).toBe(
    404,
  );
  expect(
    (await sendOnce(port, formatRequest('GET /dashboards/nowhere', { ...STREAM, ...forwardedFor('192.0.2.1') })))
      .status,
  ).toBe(404);
  for (const text of [
    formatHandshake(forwardedFor('192.0.2.1')),
    formatRequest('GET /dashboard', { ...STREAM, ...forwardedFor('192.0.2.1') }),
  ]) {
    expect(summarizeProblem(await sendOnce(port, text))).toEqual([429, 'too-many-upgrades', '1']);
  }
  expect((await sendOnce(port, formatRequest('GET /dashboard', forwardedFor('192.0.2.1')))).status).toBe(200);
  expect((await sendOnce(port, formatHandshake(forwardedFor('192.0.2.2')))).status).toBe(101);
  passTime(1_000);
  expect((await sendOnce(port, formatHandshake(forwardedFor('192.0.2.1')))).status).toBe(101);
});

describe('a client is one address, whatever its proxy writes into X-Forwarded-For:', () => {
  it.each<[writing: string, write: (port: number) => string, other: string]>([
    ['an address and its port', (port) => `203.0.113.21:${port}`, '203.0.113.22:40000'],
    ['an IPv6 address and its port', (port) => `[2001:db8:1:2::${port}]:${port}`, '[2001:db8:1:3::1]:40000'],
    ['an IPv6 address in several ways', (port) => ['2001:DB8::1', '2001:db8:0::1'][port % 2] ?? '', '2001:db8:1::1'],
    ['addresses after ones that the client has sent', (port) => `192.0.2.${port}, 203.0.113.21:1`, '203.0.113.22:1'],
    ['the addresses of two proxies', (port) => `203.0.113.21:${port}, 127.0.0.9:${port}`, '203.0.113.22, 127.0.0.9:1'],
    ['no address', (port) => ['unknown', `till-${port}.example`][port % 2] ?? '', '203.0.113.22'],
    ['no address before a second proxy', (port) => `_${port}, 127.0.0.9:1`, 'unknown'],
  ])('%s', async (_, write, other) => {
    const { port } = await startApp({
      ...MEMORY,
      ...TOKEN_CONFIG,
      MAX_AUTH_FAILURES_PER_MIN: 3,
      MAX_VIEWERS_PER_ADDRESS: 1,
    });
    const attempt = async (address: string, secret: string) => {
      const headers = { ...authorizeWith(secret), ...forwardedFor(address) };
      return (await sendOnce(port, formatRequest('POST /order', headers))).status;
    };
    const watch = async (address: string) => {
      const headers = { ...authorizeWith(SECRETS.clerk), ...forwardedFor(address) };
      return (await sendOnce(port, formatHandshake(headers))).status;
    };
    expect([await watch(write(1)), await watch(write(2)), await watch(other)]).toEqual([101, 429, 101]);
    const statuses: number[] = [];
    for (let at = 1; at <= 5; at += 1) statuses.push(await attempt(write(at), `wrong-${at}`));
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect(await attempt(other, 'wrong')).toBe(401);
  });
});

it('MAX_AUTH_FAILURES_PER_MIN blocks an address, but not a token that was accepted from it before', async () => {
  const { url } = await startApi({ ...MEMORY, ...TOKEN_CONFIG, MAX_AUTH_FAILURES_PER_MIN: 3 });
  const call = createCaller(url);
  const callWith = async (token: string, address: string) => {
    const { status, headers, body } = await call('POST /order', undefined, {
      ...authorizeWith(token),
      ...forwardedFor(address),
    });
    return [status, body?.code, Number(headers.get('retry-after')) > 0];
  };
  expect(await callWith(SECRETS.clerk, '192.0.2.1')).toEqual([200, undefined, false]);
  for (let count = 0; count < 3; count += 1)
    expect(await callWith(`wrong-${count}`, '192.0.2.1')).toEqual([401, 'token-invalid', false]);
  expect(await callWith('wrong', '192.0.2.1')).toEqual([429, 'too-many-failures', true]);
  expect(await callWith(SECRETS.admin, '192.0.2.1')).toEqual([429, 'too-many-failures', true]);
  expect(await callWith(SECRETS.clerk, '192.0.2.1')).toEqual([200, undefined, false]);
  expect(await callWith('wrong', '192.0.2.2')).toEqual([401, 'token-invalid', false]);
  const nobody = await call('POST /order', undefined, forwardedFor('192.0.2.1'));
  expect([nobody.status, nobody.body.code]).toEqual([401, 'token-required']);
});

describe('MAX_CHANGES_PER_S', () => {
  const start = async (maxChangesPerS: number) => {
    const { url, call } = await startApi({ ...MEMORY, ...TOKEN_CONFIG, MAX_CHANGES_PER_S: maxChangesPerS });
    const callWith =
      (token: string): ApiCall =>
      (line, body) =>
        call(line, body, authorizeWith(token));
    const orders = async () => (await callWith(SECRETS.reader)('GET /dashboard')).body.counters.orders as number;
    return { url, clerk: callWith(SECRETS.clerk), admin: callWith(SECRETS.admin), orders };
  };

  it('limits changes per token: responses tell how many remain, and the next gets 429 and is not counted', async () => {
    const { clerk, admin, orders } = await start(3);
    stopTime();
    const answers = [];
    for (let count = 0; count < 4; count += 1) answers.push(await clerk('POST /order'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get('ratelimit'))).toEqual(
      [2, 1, 0, 0].map((remaining) => `"changes";r=${remaining};t=1`),
    );
    expect(answers.map(({ headers }) => headers.get('ratelimit-policy'))).toEqual(Array(4).fill('"changes";q=3;w=1'));
    expect([answers[3]?.body.code, answers[3]?.headers.get('retry-after')]).toEqual(['too-many-changes', '1']);
    expect((await admin('POST /order')).status).toBe(200);
    passTime(1_000);
    expect((await clerk('POST /order')).status).toBe(200);
    expect(await orders()).toBe(5);
  });

  it('counts the changes of a change set: one that exceeds the limit gets 429 and consumes nothing', async () => {
    const { clerk, orders } = await start(3);
    stopTime();
    const changes = Array.from({ length: 4 }, () => ({ counter: 'orders', by: 1 }));
    expect((await clerk('POST /dashboards/main/changes', { changes })).status).toBe(429);
    expect((await clerk('POST /dashboards/main/changes', { changes: changes.slice(1) })).status).toBe(200);
    expect((await clerk('POST /order')).status).toBe(429);
    expect(await orders()).toBe(3);
  });

  it('delays the lines of a bulk stream, and all are counted', async () => {
    const { url, orders } = await start(5);
    const { answers } = await postBulkChanges(url, createOrderLine().repeat(12), authorizeWith(SECRETS.clerk));
    expect(answers.map(({ revision }) => revision)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(await orders()).toBe(12);
  });
});

describe('a request', () => {
  it('whose headers do not arrive in time gets 408, the first of a connection and a later one', async () => {
    const { port } = await startApp({ ...MEMORY, HEADERS_TIMEOUT_MS: 200 });
    const client = await connectRaw(port);
    client.send(formatRequest('GET /dashboard'));
    expect((await client.readResponse()).status).toBe(200);
    client.send('POST /order HTTP/1.1\r\nHost: x\r\n');
    expect(summarizeProblem(await client.readResponse())).toEqual([408, 'request-timeout', undefined]);
    await client.waitForClose();
    expect(summarizeProblem(await sendOnce(port, 'POST /order HTTP/1.1\r\n'))).toEqual([
      408,
      'request-timeout',
      undefined,
    ]);
  });

  it('whose body does not arrive in time gets 408; a bulk stream has no such limit', async () => {
    const { port, dashboard } = await startApp({ ...MEMORY, BODY_TIMEOUT_MS: 100 });
    const type = { 'Content-Type': 'application/json', 'Content-Length': '10' };
    const stream = await connectRaw(port);
    stream.send(
      formatRequest('POST /changes', { 'Content-Type': 'application/x-ndjson', 'Transfer-Encoding': 'chunked' }),
    );
    const line = createOrderLine();
    stream.send(`${line.length.toString(16)}\r\n${line}\r\n`);
    expect(summarizeProblem(await sendOnce(port, formatRequest('POST /order', type, '{"a":')))).toEqual([
      408,
      'request-timeout',
      undefined,
    ]);
    stream.send('0\r\n\r\n');
    expect((await stream.readHead()).status).toBe(200);
    await eventually(async () => (await dashboard()).counters['orders'] === 1);
  });

  it.each([
    [
      'with a Content-Length',
      (body: string) =>
        formatRequest(
          'POST /order',
          { 'Content-Type': 'application/json', 'Content-Length': String(body.length) },
          body,
        ),
    ],
    [
      'in chunks',
      (body: string) =>
        formatRequest(
          'POST /order',
          { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' },
          `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
        ),
    ],
  ])('%s whose body is too large gets 413 with the limit', async (_, text) => {
    const { port } = await startApp({ ...MEMORY, MAX_BODY_BYTES: 1_024 });
    expect((await sendOnce(port, text(`"${'x'.repeat(1_022)}"`))).status).toBe(200);
    const refused = await sendOnce(port, text(`"${'x'.repeat(1_023)}"`));
    expect(summarizeProblem(refused)).toEqual([413, 'body-too-large', undefined]);
    expect(JSON.parse(refused.body)).toMatchObject({ detail: 'the body must be at most 1024 bytes' });
  });

  it('whose headers are too large gets 431', async () => {
    const { port } = await startApp({ ...MEMORY, MAX_HEADER_BYTES: 1_024 });
    expect((await sendOnce(port, formatRequest('GET /dashboard', { X: 'x'.repeat(900) }))).status).toBe(200);
    const long = formatRequest('GET /dashboard', { X: 'x'.repeat(1_100) });
    expect(summarizeProblem(await sendOnce(port, long))).toEqual([431, 'headers-too-large', undefined]);
  });
});

it('MAX_PENDING_CONNECTIONS closes the oldest connection without a complete request, and no other', async () => {
  const { port } = await startApp({ ...MEMORY, MAX_PENDING_CONNECTIONS: 16 });
  const viewer = await connectRaw(port);
  viewer.send(formatHandshake());
  expect((await viewer.readResponse()).status).toBe(101);
  const idle = await connectRaw(port);
  idle.send(formatRequest('GET /dashboard'));
  expect((await idle.readResponse()).status).toBe(200);
  const silent = [];
  for (let count = 0; count < 17; count += 1) {
    const client = await connectRaw(port);
    client.send('GET /dash');
    silent.push(client);
  }
  await silent[0]?.waitForClose();
  silent[1]?.send('board HTTP/1.1\r\nHost: x\r\n\r\n');
  expect((await silent[1]?.readResponse())?.status).toBe(200);
  idle.send(formatRequest('GET /dashboard'));
  expect((await idle.readResponse()).status).toBe(200);
  expect([viewer, ...silent.slice(1)].map(({ closed }) => closed)).toEqual(Array(17).fill(false));
});
