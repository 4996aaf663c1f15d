/** Half-open, broken and hostile viewers: each is closed with the right code, and none stays registered. */
import { setTimeout } from 'node:timers/promises';
import { ViewerAdmission } from '../../src/dashboard/live/viewer-admission.js';
import { startApp } from '../support/app.js';
import { startService } from '../support/service.js';
import { eventually } from '../support/cleanup.js';
import { encodeClientFrame } from '../harness/websocket-frames.js';
import { formatHandshake } from '../harness/http-text.js';
import { connectRaw, watchRaw } from '../support/raw-http.js';
import { watchBare } from '../support/websocket-viewer.js';

const TEXT = 0x81;
const CYCLES = 10_000;
const CONCURRENCY = 100;

const INVALID_INPUTS: readonly [name: string, sent: Buffer, code: number][] = [
  ['a reserved opcode', encodeClientFrame(0x83), 1002],
  ['a reserved control opcode', encodeClientFrame(0x8b), 1002],
  ['a reserved bit', encodeClientFrame(0xc1), 1002],
  ['an unmasked frame', Buffer.from([TEXT, 1, 0x61]), 1002],
  ['a continuation without a beginning', encodeClientFrame(0x80, 'x'), 1002],
  ['a fragmented ping', encodeClientFrame(0x09), 1002],
  ['text that is not UTF-8', encodeClientFrame(TEXT, Buffer.from([0xff])), 1007],
  ['a message over 4 KiB', encodeClientFrame(TEXT, 'x'.repeat(4_097)), 1009],
  [
    'fragments of more than 4 KiB in total',
    Buffer.concat([encodeClientFrame(0x01, 'x'.repeat(3_000)), encodeClientFrame(0x80, 'x'.repeat(3_000))]),
    1009,
  ],
  ['101 messages at once', Buffer.concat(Array.from({ length: 101 }, () => encodeClientFrame(TEXT, 'hello'))), 1008],
  ['101 unsolicited pongs', Buffer.concat(Array.from({ length: 101 }, () => encodeClientFrame(0x8a))), 1008],
];

describe('a viewer', () => {
  it.each(INVALID_INPUTS)('that sends %s is closed, and others keep watching', async (_, sent, code) => {
    const { app, url, port } = await startApp({ STORE: 'memory' });
    const other = await watchBare(url);
    const client = await watchRaw(port);
    client.send(sent);
    expect(await client.readCloseCode()).toBe(code);
    client.socket.destroy();
    await eventually(() => app.get(ViewerAdmission).viewerCount === 1);
    await fetch(`${url}/order`, { method: 'POST' });
    await other.waitForValues({ orders: 1 });
  });

  it('that sends a small message, whole or in fragments, keeps watching', async () => {
    const { url, port } = await startApp({ STORE: 'memory' });
    const client = await watchRaw(port);
    await client.readFrame();
    client.send(
      Buffer.concat([encodeClientFrame(TEXT, '{}'), encodeClientFrame(0x01, 'a'), encodeClientFrame(0x80, 'b')]),
    );
    await fetch(`${url}/order`, { method: 'POST' });
    expect(JSON.parse((await client.readFrame()).payload.toString())).toMatchObject({ orders: 1 });
  });

  it('that never answers a ping is closed with 4408; one that answers stays', async () => {
    const { app, url, port } = await startApp({ STORE: 'memory', PING_INTERVAL_MS: 100, PONG_TIMEOUT_MS: 100 });
    const alive = await watchBare(url);
    const halfOpen = await watchRaw(port);
    expect(await halfOpen.readCloseCode()).toBe(4_408);
    await eventually(() => app.get(ViewerAdmission).viewerCount === 1);
    expect(alive.closed).toBeUndefined();
  });

  it('stays if the whole service was stopped for longer than its timeouts', async () => {
    const service = await startService({ STORE: 'memory', PING_INTERVAL_MS: '200', PONG_TIMEOUT_MS: '200' });
    const viewer = await watchBare(service.url);
    service.child.kill('SIGSTOP');
    await setTimeout(2_000);
    service.child.kill('SIGCONT');
    // Silent viewers have been checked when one that connects now is closed.
    const silent = await watchRaw(service.port);
    expect(await silent.readCloseCode()).toBe(4_408);
    await fetch(`${service.url}/order`, { method: 'POST' });
    await viewer.waitForValues({ orders: 1 });
    expect(viewer.closed).toBeUndefined();
  });

  it('that sends garbage instead of a handshake gets 400', async () => {
    const { app, port } = await startApp({ STORE: 'memory' });
    const client = await connectRaw(port);
    client.send(Buffer.from([0, 1, 2, 3, 255, 254, 13, 10, 13, 10]));
    expect((await client.readResponse()).status).toBe(400);
    expect(app.get(ViewerAdmission).viewerCount).toBe(0);
  });
});

/** Connects and leaves: 0 before the response, 1 with a close frame, 2 by a reset, 3 by closing the socket. */
async function connectAndLeave(port: number, ending: number): Promise<void> {
  const client = await connectRaw(port);
  client.send(formatHandshake());
  if (ending !== 0) await client.readResponse();
  if (ending === 1) client.send(encodeClientFrame(0x88, Buffer.from([0x03, 0xe8])));
  if (ending === 1) await client.waitForClose();
  if (ending === 2) client.socket.resetAndDestroy();
  client.socket.destroy();
}

it('10,000 viewers that connect and leave are all unregistered', async () => {
  const { app, port, url } = await startApp({ STORE: 'memory' });
  for (let round = 0; round < CYCLES / CONCURRENCY; round += 1) {
    await Promise.all(Array.from({ length: CONCURRENCY }, (_, index) => connectAndLeave(port, index % 4)));
  }
  await eventually(() => app.get(ViewerAdmission).viewerCount === 0);
  expect(app.get(ViewerAdmission).viewerCount).toBe(0);
  expect((await fetch(`${url}/order`, { method: 'POST' })).status).toBe(200);
});
