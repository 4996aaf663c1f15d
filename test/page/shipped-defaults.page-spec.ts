/**
 * Service, client, command line, page and `<live-counter>` side by side as they are shipped, while nothing happens: no
 * setting differs from its default but the port and the data directory. Other tests shorten heartbeats and limits, so
 * they cannot see whether the defaults fit each other.
 */
import { setTimeout } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { add, watch, type WatchOptions, type WatchStatus } from '../../src/client/client.js';
import { createCaller } from '../support/api-client.js';
import { openPage } from '../support/browser.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { startCommand } from '../support/cli-process.js';
import { readTileValues, recordStates, waitForState } from '../support/dashboard-page.js';
import { openPageUnderPath, recordElementStates, waitForElement } from '../support/embed-page.js';
import { Scrape } from '../support/prometheus-scrape.js';
import { startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

/** Six heartbeats, and more than twice the silence after which a client takes a connection for dead. */
const QUIET_MS = 90_000;
const VIEWERS = 5;

function startClient(url: string, options: WatchOptions = {}) {
  const statuses: WatchStatus['state'][] = [];
  const watcher = watch(url, { ...options, onStatus: ({ state }) => statuses.push(state) });
  afterTest(() => watcher.close());
  return { statuses, readOrders: () => watcher.snapshot?.counters['orders'] };
}

/** Counts the viewers of a service: those that it has now, all that ever connected, and all that disconnected. */
async function countViewers(url: string) {
  const scrape = new Scrape((await createCaller(url)('GET /metrics')).body as string);
  const sum = (metric: string, label: string): number =>
    Object.values(scrape.groupByLabel(metric, label)).reduce((total, value) => total + value, 0);
  return {
    connected: sum('tallyboard_viewers', 'kind'),
    entered: sum('tallyboard_viewers_entered_total', 'kind'),
    closed: sum('tallyboard_viewers_closed_total', 'code'),
  };
}

it('at the shipped defaults, each viewer of a quiet service keeps its one connection and stays live', async () => {
  const service = await startService({ DATA_DIR: createTempDirectory() });
  const { url, port } = service;
  const clients = [startClient(url), startClient(url, { WebSocket })];
  const command = startCommand(['watch', url]);
  const page = await openPage(`${url}/`);
  const site = await openPageUnderPath(port, '<live-counter counter="orders"></live-counter>');
  await waitForState(page, 'live');
  await waitForElement(site, { value: '0', state: 'live' });
  await eventually(() => clients.every(({ statuses }) => statuses.at(-1) === 'live'));
  await eventually(() => command.stderr() === 'live\n');
  const [readPageStates, readElementStates] = [await recordStates(page), await recordElementStates(site)];

  await setTimeout(QUIET_MS);

  expect(await countViewers(url)).toEqual({ connected: VIEWERS, entered: VIEWERS, closed: 0 });
  await add(url, 'orders');
  await eventually(() => clients.every(({ readOrders }) => readOrders() === 1));
  await eventually(() => command.stdout().includes('"orders":1'));
  await eventually(async () => (await readTileValues(page))['orders'] === 1);
  await waitForElement(site, { value: '1', state: 'live' });
  expect(clients.map(({ statuses }) => statuses)).toEqual([['live'], ['live']]);
  expect(command.stderr()).toBe('live\n');
  expect([await readPageStates(), await readElementStates()]).toEqual([['live'], ['live']]);
  const lines = service.output().trim().split('\n');
  expect(lines.filter((line) => !['debug', 'info'].includes(String(JSON.parse(line).level)))).toEqual([]);
}, 180_000);
