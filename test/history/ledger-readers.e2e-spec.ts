/** Readers of the ledger stream: rights, limits, slow readers, and the shutdown. */
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { DashboardService } from '../../src/dashboard/dashboard.service.js';
import { ViewerAdmission } from '../../src/dashboard/live/viewer-admission.js';
import { startApi } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { eventually } from '../support/cleanup.js';
import { type LedgerReader, listRevisions, readLedgerStream } from '../support/ledger-reader.js';
import { scrape } from '../support/prometheus-scrape.js';
import { startService } from '../support/service.js';
import { authorizeWith, defineShop, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';

const MEMORY = { STORE: 'memory' } as const;
const MAIN = '/dashboards/main';
const STREAM = { Accept: 'text/event-stream' };

describe('a reader', () => {
  it('needs the right to read, or a ticket', async () => {
    const { url, call } = await startApi({ ...MEMORY, ...TOKEN_CONFIG });
    await defineShop(url);
    const status = async (headers: Readonly<Record<string, string>>) =>
      (await call('GET /dashboards/main/changes', undefined, { ...STREAM, ...headers })).status;
    expect([await status({}), await status(authorizeWith(SECRETS.shopClerk))]).toEqual([401, 403]);
    const { body } = await call('POST /tickets', { dashboard: 'main' }, authorizeWith(SECRETS.reader));
    const [byTicket, byToken] = [
      await readLedgerStream(`${url}${MAIN}?ticket=${body.ticket}`),
      await readLedgerStream(url + MAIN, authorizeWith(SECRETS.reader)),
    ];
    await call('POST /order', undefined, authorizeWith(SECRETS.clerk));
    for (const reader of [byTicket, byToken]) await reader.waitForRevision(1);
    expect(byTicket.entries).toMatchObject([{ who: 'clerk', changes: [{ counter: 'orders', by: 1 }] }]);
    const other = await call(`GET /dashboards/shop/changes?ticket=${body.ticket}`, undefined, STREAM);
    expect(other.status).toBe(403);
  });

  it('counts for MAX_VIEWERS, and is a viewer of the metrics', async () => {
    const { app, url, call } = await startApi({ ...MEMORY, MAX_VIEWERS: 1 });
    const reader = await readLedgerStream(url + MAIN);
    expect((await call('GET /dashboards/main/changes', undefined, STREAM)).body.code).toBe('too-many-viewers');
    expect((await call('GET /dashboard', undefined, STREAM)).body.code).toBe('too-many-viewers');
    expect((await scrape(url)).getValue('tallyboard_viewers', { kind: 'ledger' })).toBe(1);
    reader.response.destroy();
    await eventually(() => app.get(ViewerAdmission).viewerCount === 0);
    await readLedgerStream(url + MAIN);
  });

  it('of a service that stops is asked to reconnect, and loses nothing', async () => {
    const { url, stop } = await startService({ STORE: 'memory', DRAIN_MS: '700' });
    const reader = await readLedgerStream(url + MAIN);
    await fetch(`${url}/order`, { method: 'POST' });
    await reader.waitForRevision(1);
    const stopping = stop();
    await reader.waitForEnd();
    expect(reader.retries).toEqual([2_000, expect.any(Number)]);
    expect(reader.comments).toEqual(['1012 restarting']);
    expect(await stopping).toBe(0);
  });
});

const COUNTERS = Array.from({ length: 1_000 }, (_, index) => `c${String(index).padStart(3, '0')}${'x'.repeat(60)}`);
/** Bytes that a reader may have waiting in the process. */
const MAX_WAITING_BYTES = 64 * 1_024;

/** Starts a dashboard whose entries have 100 KB each, so that a few hundred fill all buffers of a connection. */
async function startWithLargeEntries(overrides: Parameters<typeof startApp>[0] = {}) {
  const { app, url } = await startApp({ ...MEMORY, ...overrides });
  const dashboards = app.get(DashboardService);
  await dashboards.define('wide', { counters: Object.fromEntries(COUNTERS.map((name) => [name, {}])) });
  const sockets = new Set<Socket>();
  app.getHttpServer().on('connection', (socket) => sockets.add(socket));
  let maxWaitingBytes = 0;
  const changes = COUNTERS.map((counter) => ({ counter, by: 9_007_199_254 }));
  const change = async (count: number) => {
    for (let done = 0; done < count; done += 1) {
      await dashboards.apply({ dashboard: 'wide', changes });
      // The memory store resolves without a turn of the event loop.
      await setImmediate();
      for (const { writableLength } of sockets) maxWaitingBytes = Math.max(maxWaitingBytes, writableLength);
    }
  };
  const read = () => readLedgerStream(`${url}/dashboards/wide`);
  const isStalled = () => [...sockets].some(({ writableLength }) => writableLength > 0);
  return { url, change, read, isStalled, getMaxWaitingBytes: () => maxWaitingBytes };
}

/** Changes until the buffers of a paused reader are full. */
async function stall(reader: LedgerReader, change: (count: number) => Promise<void>, isStalled: () => boolean) {
  reader.response.pause();
  let count = 0;
  for (let full = 0; full < 10; full = isStalled() ? full + 1 : 0) {
    await change(5);
    count += 5;
  }
  return count;
}

it('a reader that stalls costs at most 64 KB and delays no change, and gets every entry once it reads again', async () => {
  const { change, read, isStalled, getMaxWaitingBytes } = await startWithLargeEntries();
  const [slow, quick] = [await read(), await read()];
  const count = await stall(slow, change, isStalled);
  await quick.waitForRevision(count);
  await change(1);
  await quick.waitForRevision(count + 1);
  expect(slow.entries.length).toBeLessThan(count);
  expect(getMaxWaitingBytes()).toBeLessThanOrEqual(MAX_WAITING_BYTES);
  slow.response.resume();
  await slow.waitForRevision(count + 1);
  expect(slow.revisions).toEqual(listRevisions(1, count + 1));
  expect(slow.entries).toEqual(quick.entries);
});

it('a reader whose next entries expire while it stalls is cut off, and then gets 410', async () => {
  const { url, change, read, isStalled } = await startWithLargeEntries({ LEDGER_MAX_ENTRIES: 20 });
  const slow = await read();
  await stall(slow, change, isStalled);
  await change(30);
  slow.response.resume();
  await slow.waitForEnd();
  expect(slow.revisions).toEqual(listRevisions(1, slow.entries.length));
  const headers = { ...STREAM, 'Last-Event-ID': slow.ids.at(-1) ?? '' };
  expect((await fetch(`${url}/dashboards/wide/changes`, { headers })).status).toBe(410);
});
