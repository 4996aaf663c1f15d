/**
 * Viewers that stop reading cost a bounded number of bytes and delay no one. When they read again they get the latest
 * state.
 */
import type { Socket } from 'node:net';
import type { Config } from '../../src/config/config.js';
import { DashboardService } from '../../src/dashboard/dashboard.service.js';
import { ViewerAdmission } from '../../src/dashboard/live/viewer-admission.js';
import { startApp } from '../support/app.js';
import { eventually } from '../support/cleanup.js';
import { scrape } from '../support/prometheus-scrape.js';
import { encodeClientFrame } from '../harness/websocket-frames.js';
import { watchRaw } from '../support/raw-http.js';
import { watchSse } from '../support/sse-viewer.js';
import { watchBare, watchV1 } from '../support/websocket-viewer.js';

const CHANGES = 10_000;
const CONCURRENCY = 10;
const COUNTERS = 1_000;

/** Starts an application whose `main` has so many counters that a few hundred frames fill the kernel's buffers. */
async function startWithWideMain(overrides: Partial<Config> = {}) {
  const running = await startApp({
    BROADCAST_MIN_MS: 0,
    BROADCAST_MAX_MS: 0,
    MAX_COUNTERS: 2 * COUNTERS,
    ...overrides,
  });
  const names = Array.from({ length: COUNTERS }, (_, index) => `a-counter-with-a-name-of-some-length-${index}`);
  const counters = Object.fromEntries(names.map((name) => [name, {}]));
  await running.owner.get(DashboardService).define('main', { counters });
  return running;
}

it('a viewer that stops reading has at most one frame buffered, and ends on the latest state', async () => {
  const { app, owner, url } = await startWithWideMain();
  const sockets = new Set<Socket>();
  app.getHttpServer().on('connection', (socket) => sockets.add(socket));
  const slow = [await watchBare(url), await watchBare(url), await watchV1(url)];
  const frameBytes = JSON.stringify(slow[0]?.last).length + 500;
  const stream = await watchSse(`${url}/dashboard`);
  await stream.waitForValues({ orders: 0 });
  for (const { socket } of slow) socket.pause();
  stream.response.pause();
  const quick = [await watchBare(url), await watchV1(url)];

  const dashboards = owner.get(DashboardService);
  let maxBytes = 0;
  const countFull = () => [...sockets].filter(({ writableLength }) => writableLength > 0).length;
  let sent = 0;
  // Full buffers make the bound prove something. A relay puts many changes into one frame, so it takes more of them.
  for (; sent < CHANGES || countFull() < 2; sent += CONCURRENCY) {
    const change = () => dashboards.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] });
    await Promise.all(Array.from({ length: CONCURRENCY }, change));
    for (const { writableLength } of sockets) maxBytes = Math.max(maxBytes, writableLength);
  }
  for (const viewer of quick) await viewer.waitForValues({ orders: sent });
  expect(maxBytes).toBeLessThanOrEqual(frameBytes);
  expect((await scrape(url)).getValue('tallyboard_frames_passed_over_total')).toBeGreaterThan(1);

  for (const { socket } of slow) socket.resume();
  stream.response.resume();
  for (const viewer of [...slow, stream]) await viewer.waitForValues({ orders: sent });
  for (const { states } of [...slow, stream]) {
    const orders = states.map(({ counters }) => counters['orders'] ?? 0);
    expect(orders).toEqual(orders.toSorted((a, b) => a - b));
  }
});

it('a viewer that closes while frames are waiting gets the close frame after them, and nothing after it', async () => {
  const { app, url, port } = await startWithWideMain();
  const sockets: Socket[] = [];
  app.getHttpServer().on('connection', (socket) => sockets.push(socket));
  const leaving = await watchRaw(port);
  leaving.socket.pause();
  const quick = await watchBare(url);
  const change = async () => {
    const { counters } = await app
      .get(DashboardService)
      .apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] });
    await quick.waitForValues(counters);
  };
  const waitingBytes = () => sockets[0]?.writableLength ?? 0;
  while (waitingBytes() === 0) await change();
  await change();
  const before = waitingBytes();
  leaving.send(encodeClientFrame(0x88, Buffer.from([0x03, 0xe8])));
  await eventually(() => waitingBytes() > before);

  leaving.socket.resume();
  const opcodes: number[] = [];
  while (opcodes.at(-1) !== 0x8) opcodes.push((await leaving.readFrame()).opcode);
  await leaving.waitForClose();
  await expect(leaving.readFrame()).rejects.toThrow(/ended after: $/);
});

it('an event stream whose client does not read is closed after PING_INTERVAL_MS and PONG_TIMEOUT_MS', async () => {
  const times = { PING_INTERVAL_MS: 150, PONG_TIMEOUT_MS: 150, HEARTBEAT_MS: 100 };
  const { app, owner, url } = await startWithWideMain(times);
  const idle = await watchSse(`${url}/dashboards/main?counters=orders`);
  const stuck = await watchSse(`${url}/dashboard`);
  await stuck.waitForValues({ orders: 0 });
  stuck.response.pause();
  const admission = app.get(ViewerAdmission);
  const dashboards = owner.get(DashboardService);
  // A change of all counters makes a frame of the size of a snapshot.
  const all = [...(await dashboards.getLatest('main')).counterNames].map((counter) => ({ counter, by: 1 }));
  await eventually(async () => {
    await dashboards.apply({ dashboard: 'main', changes: all.slice(0, 1_000) });
    return admission.viewerCount === 1;
  });
  expect(idle.endedAs).toBeUndefined();
  const { orders = 0 } = (await dashboards.getLatest('main')).toSnapshot().counters;
  await idle.waitForValues({ orders });
});
