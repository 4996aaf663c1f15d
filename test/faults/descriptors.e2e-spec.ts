/** A service that runs out of file descriptors says so, and everything works again once there are some. */
import { connect, type Socket } from 'node:net';
import { MIN_DESCRIPTORS } from '../../src/http/descriptor-limit.js';
import { formatRequest } from '../harness/http-text.js';
import { createCaller } from '../support/api-client.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { Scrape } from '../support/prometheus-scrape.js';
import { connectRaw } from '../support/raw-http.js';
import { runService, startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

/** Routes whose modules or files could be read at their first request. */
const ROUTES = [
  'GET /metrics',
  'GET /openapi.json',
  'GET /asyncapi.json',
  'GET /dashboards/main/counters/orders/badge.svg',
  'GET /docs/',
  'GET /docs/swagger-ui.css',
  'GET /dashboards/main/history',
  'GET /dashboards/main/changes',
];

/** Opens an event stream. @returns undefined if the service closes the connection */
async function openViewer(port: number): Promise<Socket | undefined> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  afterTest(() => void socket.destroy());
  socket.write(formatRequest('GET /dashboard', { Accept: 'text/event-stream' }));
  const isServed = await new Promise<boolean>((resolve) => {
    socket.once('data', () => resolve(true)).once('close', () => resolve(false));
  });
  return isServed ? socket.resume() : undefined;
}

it('a start with too few descriptors is refused with one line that says how many are needed', async () => {
  const { ended, output } = runService({ STORE: 'memory' }, `ulimit -n ${MIN_DESCRIPTORS - 1}`);
  expect(await ended).toBe(1);
  expect(output()).toMatch(
    new RegExp(`^cannot start with ${MIN_DESCRIPTORS - 1} .*: at least ${MIN_DESCRIPTORS} .* Raise .*\\n$`),
  );
});

it('nothing that failed for want of a descriptor stays failed, and the shortage is logged once and counted', async () => {
  const { url, port, output } = await startService({ DATA_DIR: createTempDirectory() }, `ulimit -n ${MIN_DESCRIPTORS}`);
  expect(output()).toContain(`MAX_VIEWERS=20000 is more than the ${MIN_DESCRIPTORS} file descriptors`);
  const kept = await connectRaw(port);
  const viewers: Socket[] = [];
  for (let viewer = await openViewer(port); viewer; viewer = await openViewer(port)) viewers.push(viewer);
  await eventually(() => output().includes('out of file descriptors'));
  const statuses = new Map<string, number>();
  for (const route of ROUTES) {
    kept.send(formatRequest(route, { Connection: 'keep-alive' }));
    statuses.set(route, (await kept.readResponse()).status);
  }
  for (const route of ROUTES.slice(0, 5)) expect([route, statuses.get(route)]).toEqual([route, 200]);

  for (const viewer of viewers) viewer.destroy();
  await eventually(() => output().includes('file descriptors are available again'));
  const call = createCaller(url);
  for (const route of ROUTES) expect([route, (await call(route)).status]).toEqual([route, 200]);
  expect(output().split('out of file descriptors')).toHaveLength(2);
  const metrics = new Scrape((await call('GET /metrics')).body as string);
  expect(metrics.getValue('tallyboard_descriptor_shortages_total')).toBe(1);
  expect(metrics.getValue('process_max_fds')).toBe(MIN_DESCRIPTORS);
});
