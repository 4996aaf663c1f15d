/** The client's `watch` for tests: reconnects quickly, and records every snapshot and status. */
import type { Snapshot } from '../../src/counters/counters.js';
import { watch, type Watcher, type WatchOptions, type WatchStatus } from '../../src/client/client.js';
import { hasValues } from '../harness/viewer-state.js';
import { CheckedWebSocket } from './response-check.js';
import { afterTest, eventually } from './cleanup.js';

interface RecordedWatch extends Watcher {
  readonly snapshots: readonly Snapshot[];
  readonly statuses: readonly WatchStatus[];
  /** Resolves when the snapshot includes these values. */
  waitForValues(counters: Readonly<Record<string, number>>): Promise<void>;
  /** Resolves with the current status if it has this state, otherwise with the next one that does. */
  waitForStatus<State extends WatchStatus['state']>(state: State): Promise<Extract<WatchStatus, { state: State }>>;
}

/** Starts a watch with short retry delays, unless the options override them. It is closed after the test. */
export function recordWatch(url: string, options: WatchOptions = {}): RecordedWatch {
  const snapshots: Snapshot[] = [];
  const statuses: WatchStatus[] = [];
  const watcher = watch(url, {
    WebSocket: CheckedWebSocket,
    initialRetryDelayMs: 20,
    maxRetryDelayMs: 100,
    ...options,
    onSnapshot: (snapshot) => snapshots.push(snapshot),
    onStatus: (status) => statuses.push(status),
  });
  afterTest(() => watcher.close());
  return Object.assign(watcher, {
    snapshots,
    statuses,
    waitForValues: (counters: Readonly<Record<string, number>>) =>
      eventually(() => hasValues(watcher.snapshot?.counters, counters)),
    waitForStatus: async <State extends WatchStatus['state']>(state: State) => {
      const startIndex = Math.max(statuses.length - 1, 0);
      const findStatus = () => [watcher.status, ...statuses.slice(startIndex)].find((status) => status.state === state);
      await eventually(() => findStatus() !== undefined);
      return findStatus() as Extract<WatchStatus, { state: State }>;
    },
  });
}
