/** Diagnostics events of an application: refusals, viewers, applied changes, commits and frames. */
import { type EventChannel, events } from '../../src/telemetry/events.js';
import { startApi } from '../support/api-client.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { encodeClientFrame } from '../harness/websocket-frames.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';
import { connectRaw, watchRaw } from '../support/raw-http.js';
import { watchSse } from '../support/sse-viewer.js';

/** Records the events of a channel from now on. */
function recordEvents<Payload extends object>(channel: EventChannel<Payload>): Payload[] {
  const received: Payload[] = [];
  afterTest(channel.subscribe((event) => received.push(event)));
  return received;
}

it('a channel has subscribers only between subscribe and unsubscribe', () => {
  const stop = events.requestRefused.subscribe(() => {});
  expect(events.requestRefused.hasSubscribers).toBe(true);
  stop();
  expect(Object.values(events).filter(({ hasSubscribers }) => hasSubscribers)).toEqual([]);
});

it('every refusal is published, by a route, at the upgrade and for unparsable requests', async () => {
  const refusals = recordEvents(events.requestRefused);
  const { port } = await startApi({ STORE: 'memory' });
  for (const text of [formatRequest('DELETE /order'), formatHandshake({}, 'GET /nowhere'), 'no HTTP\r\n\r\n']) {
    const client = await connectRaw(port);
    client.send(text);
    await client.readResponse();
  }
  expect(refusals.map(({ error, request }) => [error.code, request?.method, request?.url])).toEqual([
    ['nothing-to-remove', 'DELETE', '/order'],
    ['unknown-route', 'GET', '/nowhere'],
    ['invalid-request', undefined, undefined],
  ]);
});

it('viewers are published when they connect and disconnect, with code and reason', async () => {
  const [connected, disconnected] = [recordEvents(events.viewerConnected), recordEvents(events.viewerDisconnected)];
  const { url, port, close } = await startApi({ STORE: 'memory' });
  const leaving = await watchRaw(port);
  leaving.send(encodeClientFrame(0x88, Buffer.from([0x03, 0xe8, ...Buffer.from('bye')])));
  await eventually(() => disconnected.length === 1);
  const talkative = await watchRaw(port);
  talkative.send(encodeClientFrame(0x81, 'x'.repeat(5_000)));
  await eventually(() => disconnected.length === 2);
  const stream = await watchSse(`${url}/dashboard`);
  stream.response.destroy();
  await eventually(() => disconnected.length === 3);
  const staying = await watchRaw(port);
  const closing = close();
  expect(await staying.readCloseCode()).toBe(1_012);
  await closing;
  expect(disconnected.map(({ dashboard, kind, code, reason }) => [dashboard, kind, code, reason])).toEqual([
    ['main', 'bare', 1_000, 'bye'],
    ['main', 'bare', 1_009, ''],
    ['main', 'sse', undefined, ''],
    ['main', 'bare', 1_012, 'restarting'],
  ]);
  expect(connected.map(({ viewer }) => viewer)).toEqual(disconnected.map(({ viewer }) => viewer));
});

it('applied change sets, commits and frames are published with their sizes', async () => {
  const [applied, commits, frames] = [
    recordEvents(events.changesApplied),
    recordEvents(events.groupCommitted),
    recordEvents(events.frameBroadcast),
  ];
  const { port, call } = await startApi();
  const viewer = await watchRaw(port);
  await viewer.readFrame();
  await Promise.all(Array.from({ length: 10 }, () => call('POST /order')));
  for (let bytes: Buffer = Buffer.alloc(0); !bytes.includes('"orders":10');) bytes = (await viewer.readFrame()).payload;
  await eventually(() => frames.reduce((sum, { changes }) => sum + changes, 0) === 10);
  expect(applied.map(({ changeSets, results }) => `${changeSets.length} ${results.length}`)).toEqual(
    Array(10).fill('1 1'),
  );
  expect(frames.at(-1)?.revision).toBe(10);
  expect(commits.reduce((sum, { changeSets }) => sum + changeSets, 0)).toBe(10);
  expect(frames[0]).toEqual({
    dashboard: 'main',
    revision: expect.any(Number),
    changes: expect.any(Number),
    viewers: 1,
    frames: 1,
    bytes: expect.any(Number),
    costMs: expect.any(Number),
    tookMs: expect.any(Number),
    delayMs: expect.any(Number),
  });
});
