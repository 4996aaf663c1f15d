/** Shuts the application down on SIGTERM, SIGINT and SIGHUP: in order, once, and in bounded time. */
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { exitProcess } from './exit.js';

/** Interval at which idle connections are closed during the shutdown, milliseconds. */
const IDLE_CHECK_INTERVAL_MS = 20;
/** Time for requests in flight, complete or not, to finish during the shutdown, milliseconds. */
const REQUEST_GRACE_MS = 2_500;

/**
 * A repeated signal within this time is the same one, milliseconds: npm forwards a Ctrl-C that the terminal also sends.
 */
const DUPLICATE_SIGNAL_MS = 500;

export interface ShutdownOptions {
  /** Signals that begin the shutdown. */
  readonly signals: readonly NodeJS.Signals[];
  /**
   * Time between the first signal and the shutdown, milliseconds, for load balancers to notice that it is not ready.
   */
  readonly graceMs: number;
  /** Longest time of the shutdown after that, milliseconds. */
  readonly deadlineMs: number;
  /** Makes the readiness check fail. */
  readonly markStopping: () => void;
  /** Called first: requests are still answered until it resolves. */
  readonly beforeClose?: (() => Promise<void>) | undefined;
  /** Server whose connections end, if the process has one. */
  readonly server: Server | undefined;
  /** Closes everything. */
  readonly close: () => Promise<void>;
  /** Resolves when the last log lines are written, in bounded time. */
  readonly flushLog: () => Promise<void>;
}

/**
 * Installs the signal handlers. On the first signal the instance reports that it is not ready. After the grace period
 * it refuses new requests and viewers with 503, finishes requests in flight, disconnects viewers, closes the store
 * last, and exits with 0. A second signal (but no SIGHUP), or the deadline, ends the process with exit code 1, or kills
 * it if a thread hangs.
 * @returns a function that begins the shutdown as a signal does, unless it has begun
 */
export function shutDownOnSignals(options: ShutdownOptions): (signal: NodeJS.Signals) => void {
  const logger = new Logger('Shutdown');
  let firstSignal: { readonly signal: NodeJS.Signals; readonly ms: number } | undefined;
  let exitCode: number | undefined;
  const exit = (code: number): void => {
    exitCode ??= code;
    void endProcess(exitCode);
  };
  const endProcess = async (code: number): Promise<void> => {
    await options.flushLog();
    await exitProcess(code);
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (firstSignal) {
      // A terminal that closes, or systemd's SendSIGHUP, asks for no haste, whichever signal arrives first.
      if (signal === 'SIGHUP') return;
      const isSame = signal === firstSignal.signal || firstSignal.signal === 'SIGHUP';
      if (isSame && performance.now() - firstSignal.ms < DUPLICATE_SIGNAL_MS) return;
      logger.warn(`${signal} again: exiting now`);
      exit(1);
      return;
    }
    firstSignal = { signal, ms: performance.now() };
    options.markStopping();
    if (options.graceMs > 0) {
      logger.log(`${signal}: reporting not ready, shutting down in ${options.graceMs} ms`);
      await delay(options.graceMs);
    }
    logger.log(`${signal}: shutting down`);
    setTimeout(() => {
      logger.error(`not shut down after ${options.deadlineMs} ms: exiting now`);
      exit(1);
    }, options.deadlineMs);
    const startedMs = performance.now();
    try {
      await options.beforeClose?.();
      if (options.server) closeConnections(options.server, () => logger.log('all connections closed'));
      await options.close();
      logger.log(`shut down in ${Math.round(performance.now() - startedMs)} ms`);
      exit(0);
    } catch (error) {
      logger.error(error);
      exit(1);
    }
  };
  for (const signal of options.signals) process.on(signal, () => void stop(signal));
  return (signal) => void (firstSignal ?? stop(signal));
}

/** Closes idle connections, and all after the grace period: `server.close` waits for every one, perhaps for ever. */
function closeConnections(server: Server, onClosed: () => void): void {
  const idleTimer = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_INTERVAL_MS);
  const forceTimer = setTimeout(() => server.closeAllConnections(), REQUEST_GRACE_MS);
  server.once('close', () => {
    clearInterval(idleTimer);
    clearTimeout(forceTimer);
    onClosed();
  });
}
