/** `BASE_PATH`: everything is served under the path, nothing outside it, and the path without a slash redirects. */
import { add } from '../../src/client/client.js';
import { startApi } from '../support/api-client.js';
import { runCommand, startCommand } from '../support/cli-process.js';
import { CheckedWebSocket } from '../support/response-check.js';
import { eventually } from '../support/cleanup.js';
import { openBulkStream } from '../support/bulk-client.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';
import { runService, startService } from '../support/service.js';
import { watchSse } from '../support/sse-viewer.js';
import { watchBare, watchV1 } from '../support/websocket-viewer.js';
import { recordWatch } from '../support/client-watch.js';

const start = (basePath = '/tally') => startApi({ STORE: 'memory', BASE_PATH: basePath });

describe.each(['/tally', '/a/b', '/.well-known/x~1_2.3'])('under %s', (basePath) => {
  it('requests get the same responses as without BASE_PATH', async () => {
    const { call, dashboard } = await start(basePath);
    expect(await call('POST /order')).toMatchObject({ status: 200, body: 'Order Added' });
    expect(await call('POST /dashboards/main/changes', { changes: [{ counter: 'orders', by: 2 }] })).toMatchObject({
      status: 200,
      body: { counters: { orders: 3 } },
    });
    expect(await call('GET /order?x=1')).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } });
    expect(await call('GET /none')).toMatchObject({ status: 404, body: { detail: 'no route matches /none' } });
    expect((await dashboard()).counters).toMatchObject({ orders: 3 });
  });

  it('the page, the API documents and their files are served', async () => {
    const { call, url } = await start(basePath);
    const { body } = await call('GET /');
    for (const [, link = ''] of String(body).matchAll(/(?:src|href)="(\.[^"]+)"/g)) {
      expect((await fetch(new URL(link, `${url}/`))).status).toBe(200);
    }
    for (const path of ['/docs', '/docs/', '/docs/start.js']) expect((await call(`GET ${path}`)).status).toBe(200);
    const openApi = await call('GET /openapi.json');
    expect(new URL(openApi.body.servers[0].url, `${url}/openapi.json`).href).toBe(`${url}/`);
    const asyncApi = await call('GET /asyncapi.json');
    expect(asyncApi.body.servers.websocket).toMatchObject({
      pathname: '{base}',
      variables: { base: { default: basePath } },
    });
  });

  it('viewers watch by WebSocket and by server-sent events', async () => {
    const { call, url } = await start(basePath);
    const viewers = [await watchBare(url), await watchV1(url, '/dashboards/main?counters=orders')] as const;
    const stream = await watchSse(`${url}/dashboards/main`);
    await call('POST /order');
    for (const viewer of [...viewers, stream]) await viewer.waitForValues({ orders: 1 });
  });

  it('the path without a slash redirects to the page and keeps the query', async () => {
    const { url, port } = await start(basePath);
    const client = await connectRaw(port);
    for (const [line, query] of [
      ['GET', ''],
      ['GET', '?theme=dark&x=//example.org/'],
      ['POST', '?'],
    ] as const) {
      client.send(formatRequest(`${line} ${basePath}${query}`));
      const { status, headers, body } = await client.readResponse();
      expect([status, body]).toEqual([308, '']);
      // Relative, because a proxy may serve it under another path.
      expect(headers['location']).toMatch(/^[^/:]+\/(\?|$)/);
      expect(new URL(headers['location'] ?? '', url).href).toBe(`${url}/${query}`);
    }
    expect((await fetch(url)).headers.get('content-type')).toBe('text/html; charset=utf-8');
  });
});

const OUTSIDE = [
  '/',
  '/order',
  '/dashboard',
  '/tallyx/order',
  '/tall/order',
  '/Tally/order',
  '//tally/order',
  '/x/tally/order',
  '/%74ally/order',
  '/tally%2Forder',
  '/x/../tally/order',
  '/./tally/order',
  '/tally;x/order',
  '*',
  'http://example.org/order',
  'http://example.org',
];
const NOWHERE = ['/tally/../order', '/tally//order', '/tally/tally/order', '/tally/%2Forder', '/tally/./order'];

/**
 * Sends a change and a handshake to a target, and expects that both get 404 and nothing changes.
 * @returns both problems
 */
async function expectNotFound(target: string): Promise<{ code: string; detail: string }[]> {
  const { port, dashboard } = await start();
  const client = await connectRaw(port);
  const problems: { code: string; detail: string }[] = [];
  for (const request of [formatRequest(`POST ${target}`), formatHandshake({}, `GET ${target}`)]) {
    client.send(request);
    const { status, body } = await client.readResponse();
    const problem = JSON.parse(body) as { code: string; detail: string };
    expect([status, problem.code]).toEqual([404, 'unknown-route']);
    problems.push(problem);
  }
  expect((await dashboard()).counters).toMatchObject({ orders: 0 });
  return problems;
}

describe('a request outside BASE_PATH', () => {
  it.each(OUTSIDE)('%s gets 404 that names BASE_PATH, and changes nothing', async (target) => {
    for (const { detail } of await expectNotFound(target)) expect(detail).toMatch(/\/tally\/.*BASE_PATH/);
  });

  it.each(NOWHERE)('%s gets 404 and changes nothing', async (target) => {
    expect(await expectNotFound(target)).toHaveLength(2);
  });
});

it('a target with an invalid host is refused', async () => {
  const { port, dashboard } = await start();
  for (const text of [
    formatRequest('POST http://[::1/tally/order'),
    formatHandshake({}, 'GET http://[::1/tally/dashboard'),
  ]) {
    const client = await connectRaw(port);
    client.send(text);
    expect(JSON.parse((await client.readResponse()).body)).toMatchObject({ status: 400, code: 'invalid-request' });
  }
  expect(await dashboard()).toMatchObject({ revision: 0 });
});

it('absolute request targets and ignored upgrades are served under the path', async () => {
  const { port, dashboard } = await start();
  const client = await connectRaw(port);
  client.send(formatRequest('POST http://example.org/tally/order'));
  expect(await client.readResponse()).toMatchObject({ status: 200, body: 'Order Added' });
  client.send(formatRequest('POST /tally/order', { Connection: 'Upgrade', Upgrade: 'h2c' }));
  expect(await client.readResponse()).toMatchObject({ status: 200, body: 'Order Added' });
  expect((await dashboard()).counters).toMatchObject({ orders: 2 });
});

it('bulk changes are answered line by line under the path', async () => {
  const { url, dashboard } = await start();
  const stream = await openBulkStream(url);
  stream.send(`{"dashboard":"main","changes":[{"counter":"orders","by":5}]}\n`);
  await stream.waitForAnswers(1);
  stream.end();
  await stream.readAll();
  expect((await dashboard()).counters).toMatchObject({ orders: 5 });
});

it.each(['', '/'])('the client and the command line accept a URL with the path and %j at the end', async (slash) => {
  const { url } = await start();
  const watched = recordWatch(url + slash);
  await watched.waitForValues({ orders: 0 });
  await add(url + slash, 'orders', 2);
  await watched.waitForValues({ orders: 2 });
  const { stdout } = startCommand(['watch', url + slash]);
  await eventually(() => stdout().includes('"orders":2'));
  expect(await runCommand(['add', url + slash, 'orders'])).toMatchObject({
    code: 0,
    stdout: 'orders 3 (revision 2)\n',
  });
  await eventually(() => stdout().includes('"orders":3'));
  expect(watched.statuses.filter(({ state }) => state === 'reconnecting')).toEqual([]);
});

describe('the program', () => {
  it('logs its URL with the path', async () => {
    const { url, stop } = await startService({ STORE: 'memory', BASE_PATH: '/tally' });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/tally$/);
    expect((await fetch(`${url}/dashboard`)).status).toBe(200);
    expect(await stop()).toBe(0);
  });

  it('does not start with a trailing slash in BASE_PATH, and prints valid examples', async () => {
    const { ended, output } = runService({ STORE: 'memory', BASE_PATH: '/tally/' });
    expect(await ended).toBe(1);
    expect(output()).toContain('  BASE_PATH=/tally/: must be a path such as /tally or /a/b');
  });
});

it('an upgrade outside BASE_PATH is refused, and the next viewer connects', async () => {
  const { url, port } = await start();
  const stray = new CheckedWebSocket(`ws://127.0.0.1:${port}/dashboard`);
  await expect(new Promise((_resolve, reject) => stray.once('error', reject))).rejects.toThrow('404');
  expect((await watchBare(url)).last).toMatchObject({ orders: 0 });
});
