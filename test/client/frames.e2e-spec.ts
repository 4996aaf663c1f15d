/** The client against a scripted server: frames, close codes and errors of callbacks. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { CLOSE_CODES } from '../../src/protocol/close-codes.js';
import type { LiveMessage } from '../../src/protocol/live-messages.js';
import { excludeFromChecks } from '../support/response-check.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { recordWatch } from '../support/client-watch.js';

/** Starts a server that runs a script per connection, in turn; the last script serves all further connections. */
async function startFrameServer(...scripts: ((socket: WebSocket) => void)[]): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  afterTest(() => server.close());
  let connections = 0;
  server.on('connection', (socket) => {
    scripts[Math.min(connections, scripts.length - 1)]?.(socket);
    connections += 1;
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  excludeFromChecks(port);
  return `http://127.0.0.1:${port}`;
}

const sendMessages =
  (...messages: (LiveMessage | string)[]) =>
  (socket: WebSocket): void => {
    for (const message of messages) socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  };
const snapshot = (revision: number, epoch = 'e1'): LiveMessage => ({
  type: 'snapshot',
  dashboard: 'main',
  epoch,
  revision,
  at: revision,
  counters: { orders: revision, products: 1 },
});
const patch = (from: number, revision: number): LiveMessage => ({
  type: 'patch',
  from,
  revision,
  at: revision,
  counters: { orders: revision },
});

it('a patch from another revision is dropped, and a new connection delivers the snapshot', async () => {
  const watched = recordWatch(
    await startFrameServer(sendMessages(snapshot(5), patch(6, 7)), sendMessages(snapshot(8))),
  );
  await watched.waitForValues({ orders: 8 });
  expect(watched.snapshots.map(({ revision }) => revision)).toEqual([5, 8]);
  expect(watched.statuses.map(({ state }) => state)).toEqual(['live', 'reconnecting', 'live']);
});

it('states of an instance that lags behind are not reported until it has caught up', async () => {
  const sendAndClose = (socket: WebSocket): void => {
    sendMessages(snapshot(5))(socket);
    socket.close(1_012);
  };
  const watched = recordWatch(
    await startFrameServer(sendAndClose, sendMessages(snapshot(3), patch(3, 4), patch(4, 5), patch(5, 6))),
  );
  await watched.waitForValues({ orders: 6, products: 1 });
  expect(watched.snapshots.map(({ revision }) => revision)).toEqual([5, 6]);
});

it('the status is degraded with its time, and live again afterwards', async () => {
  const server = await startFrameServer((socket) => {
    sendMessages(
      snapshot(1),
      { type: 'status', degraded: true, since: 7 },
      { type: 'heartbeat', revision: 1, at: 1 },
    )(socket);
    sendMessages({ type: 'status', degraded: false, since: 8 })(socket);
  });
  const watched = recordWatch(server);
  await watched.waitForStatus('degraded');
  await watched.waitForStatus('live');
  expect(watched.statuses).toEqual([{ state: 'live' }, { state: 'degraded', since: 7 }, { state: 'live' }]);
});

it('unknown messages are ignored', async () => {
  const watched = recordWatch(
    await startFrameServer(sendMessages('{"type":"news"}', 'no JSON', 'null', snapshot(1), '[]', patch(1, 2))),
  );
  await watched.waitForValues({ orders: 2 });
  expect(watched.statuses).toEqual([{ state: 'live' }]);
});

it('the client waits at least as long as a reconnect message says', async () => {
  const watched = recordWatch(
    await startFrameServer(sendMessages(snapshot(1), { type: 'reconnect', afterMs: 60_000 })),
  );
  const { inMs, at } = await watched.waitForStatus('reconnecting');
  expect(inMs).toBeGreaterThanOrEqual(60_000);
  expect(at).toBeGreaterThan(Date.now() + 30_000);
});

it('delays grow with each failure up to their maximum', async () => {
  const url = await startFrameServer((socket) => socket.close(1_013));
  const watched = recordWatch(url, { initialRetryDelayMs: 1, maxRetryDelayMs: 64 });
  const delays = () => watched.statuses.flatMap((status) => (status.state === 'reconnecting' ? [status.inMs] : []));
  await eventually(() => delays().length >= 40);
  expect(delays()[0]).toBeLessThanOrEqual(1);
  expect(Math.max(...delays())).toBeGreaterThan(8);
  expect(Math.max(...delays())).toBeLessThanOrEqual(64);
});

describe('when the server closes with', () => {
  const closing = (code: number, reason: string) => (socket: WebSocket) => {
    sendMessages(snapshot(1))(socket);
    socket.close(code, reason);
  };

  it.each(Object.values(CLOSE_CODES))('$code, reconnect is $reconnect', async ({ code, reason, reconnect }) => {
    const url = await startFrameServer(closing(code, reason));
    const watched = recordWatch(url, { initialRetryDelayMs: 60_000, maxRetryDelayMs: 60_000 });
    const status = await watched.waitForStatus(reconnect ? 'reconnecting' : 'closed');
    expect(status).toMatchObject({ reason, ...(!reconnect && { code }) });
  });

  it.each([1_000, 4_999])('the unknown code %i, the client reconnects', async (code) => {
    const watched = recordWatch(await startFrameServer(closing(code, ''), sendMessages(snapshot(2))));
    await watched.waitForStatus('reconnecting');
    await watched.waitForValues({ orders: 2 });
  });
});

it('an error of a callback is reported as uncaught and does not end the watch', async () => {
  const url = await startFrameServer(sendMessages(snapshot(1), patch(1, 2)));
  const script = `
    import { WebSocket } from 'ws';
    import { watch } from './dist/client/client.js';
    process.on('uncaughtException', (error) => console.log(error.message));
    const onSnapshot = ({ revision }) => {
      if (revision === 1) throw new Error('a fault');
      console.log(revision, watching.status.state);
      watching.close();
    };
    const watching = watch('${url}', { WebSocket, onSnapshot, onStatus: ({ state }) => console.log(state) });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(output.trim().split('\n').toSorted()).toEqual(['2 live', 'a fault', 'closed', 'live']);
});
