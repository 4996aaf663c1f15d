/** Connections that do nothing are closed in favour of others: idle ones, and those whose client reads no response. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Config } from '../../src/config/config.js';
import { ConnectionLimits } from '../../src/http/connection-limits.js';
import type { HttpSocket } from '../../src/http/http-socket.js';
import { STALL_CHECK_INTERVAL_MS, StalledResponses } from '../../src/http/stalled-responses.js';
import { readUnacknowledgedBytes } from '../../src/http/unacknowledged-bytes.js';
import { formatRequest } from '../harness/http-text.js';
import { startApi } from '../support/api-client.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { Scrape } from '../support/prometheus-scrape.js';

/** Opens a connection and sends a request. Resolves when the response begins to arrive. */
async function open(port: number, request: string, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  afterTest(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write(request);
  await once(socket, 'data');
  return socket.resume();
}

const openIdle = async (port: number, count: number, localAddress: string): Promise<readonly Socket[]> => {
  const sockets: Socket[] = [];
  for (let index = 0; index < count; index += 1) {
    sockets.push(await open(port, formatRequest('GET /dashboard'), localAddress));
  }
  return sockets;
};

const isOpen = ({ readableEnded, destroyed }: Socket): boolean => !readableEnded && !destroyed;
const areLongestIdleClosed = (sockets: readonly Socket[]): boolean =>
  sockets.findIndex(isOpen) === sockets.length - sockets.filter(isOpen).length;

it('idle connections are closed, the longest idle first, per address and in all; none with a request under way is', async () => {
  const { port, call } = await startApi({ STORE: 'memory', MAX_PENDING_CONNECTIONS: 32 });
  const bulk = { 'Content-Type': 'application/x-ndjson', 'Transfer-Encoding': 'chunked' };
  const busy = [
    await open(port, formatRequest('GET /dashboard', { Accept: 'text/event-stream' })),
    await open(port, formatRequest('POST /changes', bulk)),
  ];
  const first = await openIdle(port, 40, '127.0.0.1');
  await eventually(() => first.filter(isOpen).length <= 18 && areLongestIdleClosed(first));
  const others = [...(await openIdle(port, 16, '127.0.0.2')), ...(await openIdle(port, 16, '127.0.0.3'))];
  const all = [...first, ...others];
  await eventually(() => all.filter(isOpen).length <= 36 && areLongestIdleClosed(all));
  expect(busy.filter(isOpen)).toHaveLength(2);
  const metrics = new Scrape((await call('GET /metrics')).body as string);
  const dropped = metrics.groupByLabel('tallyboard_connections_dropped_total', 'reason');
  expect(dropped['idle']).toBeGreaterThanOrEqual(all.filter((socket) => !isOpen(socket)).length);
});

describe('a response that the client does not take', () => {
  const LARGE = Buffer.alloc(64 * 2 ** 20);

  /** Starts a server with one connection that is checked by hand, at times that the test chooses. */
  async function startServer(respond: (response: ServerResponse) => void) {
    const setInterval = import.meta.jest.spyOn(globalThis, 'setInterval');
    const now = import.meta.jest.spyOn(performance, 'now');
    const closeStalled = import.meta.jest.spyOn(StalledResponses.prototype, 'closeStalled');
    const server = createServer((_request, response) => respond(response));
    new ConnectionLimits(new Config()).attachTo(server);
    const [runCheck] = setInterval.mock.calls.find(([, delayMs]) => delayMs === STALL_CHECK_INTERVAL_MS) ?? [];
    setInterval.mockRestore();
    afterTest(() => {
      now.mockRestore();
      closeStalled.mockRestore();
      server.close().closeAllConnections();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1').pause();
    client.on('error', () => undefined);
    afterTest(() => void client.destroy());
    const [socket] = (await once(server, 'connection')) as [HttpSocket];
    const check = async (nowMs: number): Promise<void> => {
      now.mockReturnValueOnce(nowMs);
      runCheck?.();
      await closeStalled.mock.results.at(-1)?.value;
    };
    const getQueuedBytes = () => socket._handle?.writeQueueSize ?? 0;
    return { client, socket, check, getQueuedBytes };
  }

  /** Starts a server whose client reads nothing of a large response. Resolves when the kernel takes no more of it. */
  async function startFull(request = formatRequest('GET /')) {
    const running = await startServer((response) => response.end(LARGE));
    const { client, getQueuedBytes } = running;
    client.write(request);
    let before = 0;
    await eventually(() => {
      const [last, now] = [before, getQueuedBytes()];
      before = now;
      return now > 0 && now === last;
    });
    return running;
  }

  it('ends with its connection after 30 s without progress, and not while the client reads some of it', async () => {
    const { client, socket, check, getQueuedBytes } = await startFull();
    await check(0);
    for (const nowMs of [29_000, 58_000, 87_000]) {
      const before = getQueuedBytes();
      client.resume();
      await eventually(() => getQueuedBytes() < before);
      client.pause();
      await check(nowMs);
      expect(socket.destroyed).toBe(false);
    }
    let nowMs = 87_000;
    await eventually(async () => {
      nowMs += 30_000;
      await check(nowMs);
      return socket.destroyed;
    });
  });

  it('stays while its client acknowledges some of it, although the kernel takes no more', async () => {
    const { client, socket, check } = await startFull();
    /** A row of the kernel's table is passed over now and then, while other sockets come and go. */
    const readBytes = async (): Promise<number> => (await readUnacknowledgedBytes([socket])).get(socket) ?? readBytes();
    await check(0);
    let before = await readBytes();
    for (const nowMs of [5_000, 34_000, 63_000, 92_000, 121_000]) {
      await check(nowMs);
      expect(socket.destroyed).toBe(false);
      while ((await readBytes()) === before) {
        client.once('data', () => client.pause()).resume();
        await once(client, 'data');
      }
      before = await readBytes();
    }
    let nowMs = 121_000;
    await eventually(async () => {
      nowMs += 30_000;
      await check(nowMs);
      return socket.destroyed;
    });
  });

  it('stays while the client is still sending its body, and as an event stream', async () => {
    const upload = await startFull(formatRequest('POST /', { 'Transfer-Encoding': 'chunked' }));
    for (const nowMs of [0, 40_000, 80_000]) {
      const before = upload.socket.bytesRead;
      upload.client.write('1\r\nx\r\n');
      await eventually(() => upload.socket.bytesRead > before);
      await upload.check(nowMs);
    }
    expect(upload.socket.destroyed).toBe(false);
    const stream = await startServer((response) => response.setHeader('Content-Type', 'text/event-stream').end(LARGE));
    stream.client.write(formatRequest('GET /'));
    await eventually(() => stream.socket.writableLength > 0);
    for (const nowMs of [0, 40_000, 80_000]) await stream.check(nowMs);
    expect(stream.socket.destroyed).toBe(false);
  });
});
