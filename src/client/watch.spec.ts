/** Timers of `watch`, and the events that make it check its connection earlier: fake sockets, events and clock. */
import type { LiveMessage } from '../protocol/live-messages.js';
import { watch, type WatchOptions } from './watch.js';
import type { WatchStatus } from './watch-status.js';

type Listener = (event: { readonly data: unknown; readonly code: number; readonly reason: string }) => void;

/** Opens connections that deliver only what a test sends. */
function startWatch(options: Pick<WatchOptions, 'staleAfterMs' | 'connectTimeoutMs'>) {
  const messageListeners: Listener[] = [];
  const closeListeners: Listener[] = [];
  const statuses: WatchStatus['state'][] = [];
  class SilentSocket {
    addEventListener(type: string, listener: Listener): void {
      if (type === 'message') messageListeners.push(listener);
      if (type === 'close') closeListeners.push(listener);
    }

    close(): void {}
  }
  const onStatus = ({ state }: WatchStatus): unknown => statuses.push(state);
  const watcher = watch('http://127.0.0.1', { ...options, WebSocket: SilentSocket, onStatus });
  return {
    statuses,
    countConnections: () => messageListeners.length,
    send: (message: LiveMessage) => messageListeners.at(-1)?.({ data: JSON.stringify(message), code: 0, reason: '' }),
    end: (code = 1_001) => closeListeners.at(-1)?.({ data: '', code, reason: '' }),
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

beforeEach(() => {
  import.meta.jest.useFakeTimers();
  // An event stream is tried where a WebSocket has delivered nothing.
  import.meta.jest.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'));
});
afterEach(() => {
  import.meta.jest.useRealTimers();
  import.meta.jest.restoreAllMocks();
});

it.each<[number | undefined, number | undefined, number]>([
  [15_000, undefined, 22_000],
  [100, undefined, 7_100],
  [60_000, undefined, 67_000],
  [3_600_000, undefined, 3_607_000],
  [undefined, undefined, 40_000],
  [undefined, 5_000, 5_000],
  [15_000, 300_000, 300_000],
  [60_000, 5_000, 67_000],
  [2_000, 1_000, 4_000],
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
  await advance(22_000);
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
  await advance(67_000);
  watched.send(createSnapshot(15_000));
  await advance(21_999);
  expect(watched.countConnections()).toBe(2);
  await advance(1);
  expect(watched.countConnections()).toBe(3);
  watched.close();
});

describe('in a browser', () => {
  const page = new EventTarget();
  const document = Object.assign(new EventTarget(), { hidden: false });
  const emit = (type: string): unknown =>
    (type === 'visibilitychange' ? document : page).dispatchEvent(new Event(type));

  beforeEach(() =>
    Object.assign(globalThis, {
      document,
      addEventListener: page.addEventListener.bind(page),
      removeEventListener: page.removeEventListener.bind(page),
    }),
  );
  afterEach(() => {
    for (const name of ['document', 'addEventListener', 'removeEventListener'])
      Reflect.deleteProperty(globalThis, name);
  });

  async function startLive() {
    const watched = startWatch({});
    await advance(0);
    watched.send(createSnapshot(15_000));
    return watched;
  }

  it('a live connection is replaced at once when the network is gone', async () => {
    const watched = await startLive();
    emit('offline');
    await advance(0);
    expect([watched.countConnections(), watched.statuses]).toEqual([2, ['live', 'stale']]);
    watched.close();
  });

  it.each(['online', 'visibilitychange', 'pageshow'])(
    'on %s, a connection that missed a heartbeat is replaced at once, and one that did not stays',
    async (type) => {
      const watched = await startLive();
      await advance(20_000);
      emit(type);
      await advance(0);
      expect([watched.countConnections(), watched.statuses]).toEqual([1, ['live']]);
      await advance(1);
      emit(type);
      await advance(0);
      expect([watched.countConnections(), watched.statuses]).toEqual([2, ['live', 'stale']]);
      watched.close();
    },
  );

  it.each(['online', 'visibilitychange', 'pageshow'])('on %s, the delay before an attempt ends', async (type) => {
    const watched = await startLive();
    watched.end();
    emit(type);
    await advance(0);
    expect([watched.countConnections(), watched.statuses]).toEqual([2, ['live', 'reconnecting']]);
    watched.close();
  });

  it('a delay that the server asked for does not end', async () => {
    const watched = await startLive();
    watched.send({ type: 'reconnect', afterMs: 60_000 });
    emit('online');
    await advance(59_999);
    expect(watched.countConnections()).toBe(1);
    emit('online');
    await advance(1);
    emit('online');
    await advance(0);
    expect(watched.countConnections()).toBe(2);
    watched.close();
  });

  it('an attempt that hangs is started again, and a new one is not', async () => {
    const watched = startWatch({});
    await advance(999);
    emit('online');
    await advance(0);
    expect(watched.countConnections()).toBe(1);
    await advance(1);
    emit('online');
    await advance(0);
    expect(watched.countConnections()).toBe(2);
    watched.close();
  });

  it('hiding the page, and anything after the end of the watch, does nothing', async () => {
    const watched = await startLive();
    await advance(21_000);
    Object.assign(document, { hidden: true });
    emit('visibilitychange');
    Object.assign(document, { hidden: false });
    expect(watched.statuses).toEqual(['live']);
    watched.close();
    for (const type of ['offline', 'online', 'visibilitychange', 'pageshow']) emit(type);
    await advance(0);
    expect([watched.countConnections(), watched.statuses]).toEqual([1, ['live', 'closed']]);
    expect(import.meta.jest.getTimerCount()).toBe(0);
  });
});

it('an attempt that has taken `connectTimeoutMs` while the timers stood still gives way to an event stream', async () => {
  const watched = startWatch({});
  await advance(0);
  import.meta.jest.setSystemTime(Date.now() + 11_000);
  await advance(5_000);
  expect([watched.countConnections(), watched.statuses]).toEqual([1, ['reconnecting']]);
  expect(fetch).toHaveBeenCalledTimes(1);
  watched.close();
});

it('a machine that slept replaces its connection, and ends the delay before an attempt', async () => {
  const sleep = (ms: number): unknown => import.meta.jest.setSystemTime(Date.now() + ms);
  const watched = startWatch({});
  await advance(0);
  watched.send(createSnapshot(15_000));
  sleep(21_000);
  await advance(5_000);
  expect([watched.countConnections(), watched.statuses]).toEqual([2, ['live', 'stale']]);
  watched.send({ type: 'reconnect', afterMs: 600_000 });
  sleep(600_000);
  await advance(5_000);
  expect([watched.countConnections(), watched.statuses]).toEqual([3, ['live', 'stale', 'reconnecting']]);
  watched.close();
});
