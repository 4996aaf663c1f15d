/** `tallyboard watch`: shows live counter values, in place on a terminal or as JSON lines. */
import { WebSocket } from 'ws';
import { type Period, RefusedError, UnavailableError, watch, type WatchStatus } from '../client/client.js';
import { FollowedDefinition } from '../client/followed-definition.js';
import { explainWatchStatus } from '../client/watch-status.js';
import { readEnvironmentLocale } from '../measures/locale.js';
import { type CommandEnvironment, createTokenReader } from './bearer-token.js';
import { type SnapshotView, TerminalView } from './watch-screen.js';

export interface WatchCommandOptions {
  readonly dashboard: string;
  readonly counters?: readonly string[];
  readonly tokenFile?: string;
  readonly json?: boolean;
  /** Shows the numbers of this present period. */
  readonly period?: Period;
  /** BCP 47 tag. Default: that of the environment. */
  readonly locale?: string;
}

/**
 * Shows the counters until SIGINT, SIGTERM, or until the output is closed. Reconnects once it has been live.
 * @throws RefusedError if the server refuses the watch, at the start or later
 * @throws UnavailableError if the first attempt fails
 */
export async function watchCounters(url: URL, options: WatchCommandOptions, env: CommandEnvironment): Promise<void> {
  const { dashboard, counters, tokenFile, json, period, locale = readEnvironmentLocale(env) } = options;
  const token = createTokenReader(tokenFile, env);
  const view =
    process.stdout.isTTY && !json
      ? new TerminalView(process.stdout, { title: `${dashboard} at ${url.href}`, locale, period })
      : createJsonView();
  const definition = new FollowedDefinition(url, dashboard, token ? { token } : {}, (next) =>
    view.showDefinition?.(next),
  );
  await new Promise<void>((resolve, reject) => {
    const watcher = watch(url, {
      dashboard,
      WebSocket,
      ...(counters && { counters }),
      ...(token && { token }),
      ...(period && { periods: [period] }),
      onSnapshot: (snapshot) => view.showSnapshot(snapshot),
      onDefinition: () => view.showDefinition && definition.refresh(),
      onStatus: (status) => {
        const failure = toFatalError(status, watcher.snapshot !== undefined);
        if (failure) reject(failure);
        else view.showStatus(formatWatchStatus(status));
        if (failure) watcher.close();
      },
    });
    const end = (): void => {
      resolve();
      watcher.close();
    };
    process.once('SIGINT', end).once('SIGTERM', end);
    process.stdout.once('error', end);
  }).finally(() => definition.close());
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
function createJsonView(): SnapshotView {
  return {
    showSnapshot: (snapshot) => process.stdout.write(`${JSON.stringify(snapshot)}\n`),
    showStatus: (text) => process.stderr.write(`${text}\n`),
  };
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
