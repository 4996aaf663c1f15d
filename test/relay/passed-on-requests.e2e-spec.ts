/** Requests that a relay passes on: bodies as they come, clients that go away, and answers of others than a service. */
import { Secret } from '../../src/config/token-list.js';
import { WatchedDashboard } from '../../src/store/upstream/watched-dashboard.js';
import { createPingingWebSocket } from '../../src/store/upstream/pinging-websocket.js';
import { Upstream } from '../../src/store/upstream/upstream.js';
import { formatRequest } from '../harness/http-text.js';
import { startApi } from '../support/api-client.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { startHttpServer } from '../support/http-server.js';
import { connectRaw } from '../support/raw-http.js';
import { startScriptedServer } from '../support/scripted-server.js';
import { startService } from '../support/service.js';
import { authorizeWith, defineShop, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';

it('a client that goes away before the answer is no error of the relay, and ends the request above', async () => {
  let state = 'none';
  const { url } = await startHttpServer((request, response) => {
    if (!request.url?.includes('/changes')) return void response.writeHead(503).end();
    state = 'waits';
    response.on('close', () => (state = 'closed'));
  });
  const relay = await startService({ STORE: 'upstream', UPSTREAM_URL: url });
  const controller = new AbortController();
  const answer = fetch(`${relay.url}/dashboards/main/changes`, { signal: controller.signal });
  await eventually(() => state === 'waits');
  controller.abort();
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  await eventually(() => state === 'closed');
  expect((await fetch(`${relay.url}/dashboards/main?nothing`)).status).toBe(400);
  expect(relay.output()).not.toContain('internal-error');
});

it('a read of the present does not wait for an upstream that is silent', async () => {
  const { url } = await startHttpServer(() => {});
  const relay = await startApi({ STORE: 'upstream', UPSTREAM_URL: url, COMMIT_TIMEOUT_MS: 100 });
  const paths = ['/dashboard', '/dashboards/main/definition'];
  const answers = await Promise.all(paths.map((path) => relay.call(`GET ${path}`)));
  for (const { status, body } of answers) expect([status, body.code]).toEqual([503, 'store-unavailable']);
});

it('a short body is passed on that the route reads by itself, and a base URL may end with a slash', async () => {
  const upstream = await startApi({ STORE: 'memory', BASE_PATH: '/above', ...TOKEN_CONFIG });
  await defineShop(upstream.url);
  const relay = await startApi({ STORE: 'upstream', UPSTREAM_URL: `${upstream.url}/`, BASE_PATH: '/here' });
  const at = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
  const booked = await fetch(`${relay.url}/dashboards/shop/history`, {
    method: 'POST',
    headers: { ...authorizeWith(SECRETS.admin), 'Content-Type': 'application/x-ndjson' },
    body: `${JSON.stringify({ at, counters: { sales: { added: 3 } } })}\n`,
  });
  expect([booked.status, await booked.json()]).toMatchObject([200, { counters: { sales: 3 }, lines: 1 }]);
});

it('a body that is nested deeper than the stack gets 400, and a body that stops 408 on a connection that is closed', async () => {
  const upstream = await startApi({ STORE: 'memory', BODY_TIMEOUT_MS: 300 });
  const relay = await startApi({ STORE: 'upstream', UPSTREAM_URL: upstream.url });
  const nested = `{"title":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
  const headers = { 'Content-Type': 'application/json' };
  for (const { url } of [upstream, relay]) {
    const response = await fetch(`${url}/dashboards/shop`, { method: 'PUT', headers, body: nested });
    expect([response.status, await response.json()]).toMatchObject([400, { code: 'invalid-request' }]);
  }
  const client = await connectRaw(relay.port);
  const upload = { 'Content-Type': 'application/x-ndjson', 'Content-Length': '100' };
  client.send(`${formatRequest('POST /dashboards/main/history', upload)}{`);
  expect(await client.readResponse()).toMatchObject({ status: 408, headers: { connection: 'close' } });
}, 60_000);

it.each(['GET', 'HEAD'])(
  'a refusal without a problem, as of a proxy, is said to be one of the relay: %s',
  async (method) => {
    const { url } = await startScriptedServer((response) =>
      response.writeHead(403).end(method === 'GET' ? '<p>No' : ''),
    );
    const relay = await startApi({
      STORE: 'upstream',
      UPSTREAM_URL: url,
      UPSTREAM_TOKEN: new Secret('a-token-of-a-relay'),
    });
    const response = await fetch(`${relay.url}/dashboard`, { method });
    expect(response.status).toBe(503);
    if (method === 'GET') expect(await response.text()).toContain('check UPSTREAM_TOKEN');
  },
);

it('a watch that is closed before its first state fails its start', async () => {
  const { url } = await startScriptedServer(() => {});
  const upstream = new Upstream({ url, token: '' });
  afterTest(() => upstream.close());
  const watched = new WatchedDashboard('main', upstream, createPingingWebSocket(upstream), () => {});
  const started = watched.start();
  watched.close();
  await expect(started).rejects.toMatchObject({ code: 'store-unavailable' });
});
