/** `tallyboard watch`: shows live counter values, in place on a terminal or as JSON lines. */
import { WebSocket } from 'ws';
import { RefusedError, type Snapshot, UnavailableError, watch, type WatchStatus } from '../client/client.js';
import { explainWatchStatus } from '../client/watch-status.js';
import { Screen } from './screen.js';
import { type CommandEnvironment, createTokenReader } from './bearer-token.js';

export interface WatchCommandOptions {
  readonly dashboard: string;
  readonly counters?: readonly string[];
  readonly tokenFile?: string;
  readonly json?: boolean;
}

interface WatchView {
  showSnapshot(snapshot: Snapshot): void;
  showStatus(status: WatchStatus): void;
}

/**
 * Shows the counters until SIGINT, SIGTERM, or until the output is closed. Reconnects once it has been live.
 * @throws RefusedError if the server refuses the watch, at the start or later
 * @throws UnavailableError if the first attempt fails
 */
export async function watchCounters(url: URL, options: WatchCommandOptions, env: CommandEnvironment): Promise<void> {
  const { dashboard, counters, tokenFile, json } = options;
  const token = createTokenReader(tokenFile, env);
  const view = process.stdout.isTTY && !json ? createTerminalView(`${dashboard} at ${url.href}`) : createJsonView();
  await new Promise<void>((resolve, reject) => {
    const watcher = watch(url, {
      dashboard,
      WebSocket,
      ...(counters && { counters }),
      ...(token && { token }),
      onSnapshot: (snapshot) => view.showSnapshot(snapshot),
      onStatus: (status) => {
        const failure = toFatalError(status, watcher.snapshot !== undefined);
        if (failure) reject(failure);
        else view.showStatus(status);
        if (failure) watcher.close();
      },
    });
    const end = (): void => {
      resolve();
      watcher.close();
    };
    process.once('SIGINT', end).once('SIGTERM', end);
    process.stdout.once('error', end);
  });
}

/** Returns the error that ends the command: a refusal at any time, or a failed attempt before the first snapshot. */
function toFatalError(status: WatchStatus, hasSnapshot: boolean): Error | undefined {
  if (status.state === 'closed') {
    const { reason: detail, code, problem } = status;
    return new RefusedError(problem ?? { status: code ?? 0, title: detail, detail });
  }
  if (status.state !== 'reconnecting' || hasSnapshot) return undefined;
  return new UnavailableError(status.reason, status.problem);
}

/** Writes snapshots to stdout as JSON lines, and the status to stderr as text. */
function createJsonView(): WatchView {
  return {
    showSnapshot: (snapshot) => process.stdout.write(`${JSON.stringify(snapshot)}\n`),
    showStatus: (status) => process.stderr.write(`${formatWatchStatus(status)}\n`),
  };
}

/** Draws name, value and last change of each counter, and the status below them. */
function createTerminalView(title: string): WatchView {
  const screen = new Screen(process.stdout);
  const changes = new Map<string, number>();
  let shown: Snapshot | undefined;
  let status = '';
  const draw = (): void => {
    const rows = Object.entries(shown?.counters ?? {}).map(([name, value]) => [
      name,
      String(value),
      formatDelta(changes.get(name)),
    ]);
    const [nameWidth, valueWidth] = [0, 1].map((column) =>
      Math.max(0, ...rows.map((cells) => cells[column]?.length ?? 0)),
    );
    const lines = rows.map(
      ([name = '', value = '', change]) =>
        `${name.padEnd(nameWidth ?? 0)}  ${value.padStart(valueWidth ?? 0)}  ${change}`,
    );
    screen.draw([title, ...lines, status]);
  };
  return {
    showSnapshot: (snapshot) => {
      for (const [name, value] of Object.entries(snapshot.counters)) {
        const change = value - (shown?.counters[name] ?? value);
        if (change !== 0) changes.set(name, change);
      }
      shown = snapshot;
      draw();
    },
    showStatus: (newStatus) => {
      status = formatWatchStatus(newStatus);
      draw();
    },
  };
}

function formatDelta(change: number | undefined): string {
  return change === undefined ? '' : change > 0 ? `+${change}` : String(change);
}

function formatWatchStatus(status: WatchStatus): string {
  const { state } = status;
  if (state === 'connecting' || state === 'live') return state;
  const reason = explainWatchStatus(status);
  if (state === 'closed') return `closed: ${reason}`;
  const since = `since ${new Date(status.since).toLocaleTimeString()}`;
  if (state !== 'reconnecting') return `${state} ${since}: ${reason}`;
  return `reconnecting in ${(status.inMs / 1_000).toFixed(1)} s, not live ${since}: ${reason}`;
}
