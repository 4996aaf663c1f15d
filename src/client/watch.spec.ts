/** How long `watch` waits for a silent connection, with fake sockets and a fake clock. */
import type { LiveMessage } from '../protocol/live-messages.js';
import { watch, type WatchOptions } from './watch.js';
import type { WatchStatus } from './watch-status.js';

type Listener = (event: { readonly data: unknown; readonly code: number; readonly reason: string }) => void;

/** Opens connections that deliver only what a test sends. */
function startWatch(options: Pick<WatchOptions, 'staleAfterMs' | 'connectTimeoutMs'>) {
  const messageListeners: Listener[] = [];
  const statuses: WatchStatus['state'][] = [];
  class SilentSocket {
    addEventListener(type: string, listener: Listener): void {
      if (type === 'message') messageListeners.push(listener);
    }

    close(): void {}
  }
  const onStatus = ({ state }: WatchStatus): unknown => statuses.push(state);
  const watcher = watch('http://127.0.0.1', { ...options, WebSocket: SilentSocket, onStatus });
  return {
    statuses,
    countConnections: () => messageListeners.length,
    send: (message: LiveMessage) => messageListeners.at(-1)?.({ data: JSON.stringify(message), code: 0, reason: '' }),
    close: () => watcher.close(),
  };
}

const createSnapshot = (heartbeatMs?: number): LiveMessage => ({
  type: 'snapshot',
  dashboard: 'main',
  epoch: 'e1',
  revision: 1,
  at: 1,
  counters: { orders: 1 },
  ...(heartbeatMs !== undefined && { heartbeatMs }),
});
const HEARTBEAT: LiveMessage = { type: 'heartbeat', revision: 1, at: 1 };
const advance = (ms: number): Promise<void> => import.meta.jest.advanceTimersByTimeAsync(ms);

beforeEach(() => import.meta.jest.useFakeTimers());
afterEach(() => import.meta.jest.useRealTimers());

it.each<[number | undefined, number | undefined, number]>([
  [15_000, undefined, 40_000],
  [100, undefined, 10_200],
  [60_000, undefined, 130_000],
  [3_600_000, undefined, 7_210_000],
  [undefined, undefined, 40_000],
  [undefined, 5_000, 5_000],
  [15_000, 300_000, 300_000],
  [60_000, 5_000, 120_000],
  [15_000, Infinity, 2 ** 31 - 1],
])(
  'with a heartbeat of %p ms and `staleAfterMs: %p`, a connection is dead after %p ms of silence',
  async (heartbeatMs, staleAfterMs, limitMs) => {
    const watched = startWatch({ ...(staleAfterMs !== undefined && { staleAfterMs }) });
    await advance(0);
    watched.send(createSnapshot(heartbeatMs));
    await advance(limitMs - 1);
    watched.send(HEARTBEAT);
    await advance(limitMs - 1);
    expect([watched.countConnections(), watched.statuses]).toEqual([1, ['live']]);
    await advance(1);
    expect([watched.countConnections(), watched.statuses]).toEqual([2, ['live', 'stale']]);
    watched.close();
  },
);

it('a connection that delivers nothing ends after `connectTimeoutMs`, also after one that was live', async () => {
  const watched = startWatch({ connectTimeoutMs: 3_000 });
  await advance(0);
  watched.send(createSnapshot(15_000));
  await advance(40_000);
  await advance(2_999);
  expect(watched.statuses).toEqual(['live', 'stale']);
  await advance(1);
  expect(watched.statuses).toEqual(['live', 'stale', 'reconnecting']);
  watched.close();
});

it('the limit follows the heartbeat of the newest connection', async () => {
  const watched = startWatch({});
  await advance(0);
  watched.send(createSnapshot(60_000));
  await advance(130_000);
  watched.send(createSnapshot(15_000));
  await advance(39_999);
  expect(watched.countConnections()).toBe(2);
  await advance(1);
  expect(watched.countConnections()).toBe(3);
  watched.close();
});
