/** METRICS_PORT: serves only metrics, without a token, until the end of the shutdown. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { TokenList } from '../../src/config/token-list.js';
import { ConnectionLimits } from '../../src/http/connection-limits.js';
import { MetricsServer } from '../../src/ops/metrics-server.js';
import { type RunningApp, startApp } from '../support/app.js';
import { excludeFromChecks } from '../support/response-check.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { scrape } from '../support/prometheus-scrape.js';
import { encodeClientFrame } from '../harness/websocket-frames.js';
import { watchRaw } from '../support/raw-http.js';
import { runService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

/** Returns the URL of the metrics port, and its origin. */
function findMetricsUrl({ app }: RunningApp): { metrics: string; origin: string } {
  const metrics = app.get(MetricsServer).url ?? '';
  const { origin, port } = new URL(metrics);
  excludeFromChecks(Number(port));
  return { metrics, origin };
}

it('a connection that cannot be accepted ends neither port, and the shortage is counted', async () => {
  const attachTo = import.meta.jest.spyOn(ConnectionLimits.prototype, 'attachTo');
  afterTest(() => attachTo.mockRestore());
  const running = await startApp({ STORE: 'memory', METRICS_PORT: 0 });
  // Those of an upstream come before.
  const servers = attachTo.mock.calls.slice(-2).map(([server]) => server);
  expect(servers).toHaveLength(2);
  const shortage = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' });
  for (const server of servers) server.emit('error', shortage);
  const { metrics } = findMetricsUrl(running);
  for (const url of [running.url, metrics])
    expect((await scrape(url)).getValue('tallyboard_descriptor_shortages_total')).toBe(1);
});

it('both ports serve the same metrics, and METRICS_PORT nothing else', async () => {
  const running = await startApp({ STORE: 'memory', METRICS_PORT: 0 });
  const { metrics, origin } = findMetricsUrl(running);
  expect(metrics).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  await fetch(`${running.url}/order`, { method: 'POST' });
  for (const url of [running.url, metrics]) {
    expect((await scrape(url)).getValue('tallyboard_counter_added_total', { counter: 'orders' })).toBe(1);
  }

  const head = await fetch(`${metrics}?job=a`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  expect(await head.text()).toBe('');
  for (const [line, status, code] of [
    ['POST /metrics', 405, 'method-not-allowed'],
    ['POST /order', 404, 'unknown-route'],
    ['GET /dashboard', 404, 'unknown-route'],
    ['GET /', 404, 'unknown-route'],
  ] as const) {
    const [method = '', path = ''] = line.split(' ');
    const response = await fetch(origin + path, { method });
    expect([line, response.status, await response.json()]).toEqual([line, status, expect.objectContaining({ code })]);
    expect(response.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD, OPTIONS' : null);
  }
  const options = await fetch(metrics, { method: 'OPTIONS' });
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
  expect(await running.dashboard()).toMatchObject({ revision: 1 });
});

it('with tokens the main port requires the right to read all dashboards, and METRICS_PORT none', async () => {
  const READ_TOKENS = TokenList.parse('all:all-dashboards-secret some@main:one-dashboard-secret');
  const running = await startApp({ STORE: 'memory', METRICS_PORT: 0, READ_TOKENS });
  const { metrics } = findMetricsUrl(running);
  const status = async (headers: Record<string, string>) => (await fetch(`${running.url}/metrics`, { headers })).status;
  expect(await status({})).toBe(401);
  expect(await status({ Authorization: 'Bearer one-dashboard-secret' })).toBe(403);
  expect(await status({ Authorization: 'Bearer all-dashboards-secret' })).toBe(200);
  expect((await scrape(metrics)).getValue('tallyboard_refusals_total', { code: 'token-required' })).toBe(1);
});

it('METRICS_PORT can be scraped during the shutdown and closes afterwards', async () => {
  const running = await startApp({ STORE: 'memory', METRICS_PORT: 0 });
  const { metrics } = findMetricsUrl(running);
  // The viewer does not answer the close frame, so the shutdown waits for it.
  const viewer = await watchRaw(running.port);
  const stopped = running.app.close();
  expect(await viewer.readCloseCode()).toBe(1_012);
  expect((await scrape(metrics)).getValue('tallyboard_viewers', { kind: 'bare' })).toBe(1);
  viewer.send(encodeClientFrame(0x88, Buffer.from([0x03, 0xf4])));
  await stopped;
  await eventually(() => fetch(metrics).then(() => false, () => true)); // prettier-ignore
});

it('a port in use ends the start with a message that names the variables', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  afterTest(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { ended, output } = runService({ DATA_DIR: createTempDirectory(), METRICS_PORT: String(port) });
  expect(await ended).toBe(1);
  expect(output()).toContain(
    `cannot listen on 127.0.0.1:${port} (EADDRINUSE): choose another METRICS_PORT, or METRICS_HOST\n`,
  );
  expect(output()).not.toMatch(/^\s+at /m);
  // The threads of the store end with the process, which is no fault of the store.
  expect(output()).not.toMatch(/Listening on|SqliteStore/);
});
