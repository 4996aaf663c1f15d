/** Stops the application on SIGTERM and SIGINT: in good order, once, and in bounded time. */
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type INestApplication, Logger } from '@nestjs/common';

/** How often connections that have fallen idle are closed while stopping, milliseconds. */
const IDLE_CHECK_INTERVAL_MS = 20;
/** How long requests in flight, and those that only half arrived, may take when stopping, milliseconds. */
const REQUEST_GRACE_MS = 2_500;

/** How soon behind the first a signal is the same one, milliseconds: npm passes on a Ctrl-C that the terminal has sent to all. */
const DUPLICATE_SIGNAL_MS = 500;

interface ShutdownOptions {
  /** Milliseconds from the first signal to the stop: balancers have them to notice that this instance is not ready. */
  readonly graceMs: number;
  /** Milliseconds that the stop may take after that. */
  readonly deadlineMs: number;
  /** Says that this instance is not ready any more. */
  readonly markStopping: () => void;
  /** What comes when all else has ended in good order. */
  readonly onClosed: () => Promise<void>;
  /** Resolves soon, when the last log lines are written. */
  readonly flushLog: () => Promise<void>;
}

/**
 * The first signal stops: the instance is not ready any more; when the grace is over no new requests or viewers (503), requests in
 * flight finish, viewers are sent away, the store is closed last, exit 0. A second signal, or the deadline, ends the process at once
 * with exit 1.
 */
export function shutDownOnSignals(app: INestApplication<Server>, options: ShutdownOptions): void {
  const logger = new Logger('Stop');
  let firstSignal: { readonly signal: NodeJS.Signals; readonly ms: number } | undefined;
  let exitCode: number | undefined;
  const exit = (code: number): void => {
    exitCode ??= code;
    void options.flushLog().finally(() => process.exit(exitCode));
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (firstSignal) {
      if (signal === firstSignal.signal && performance.now() - firstSignal.ms < DUPLICATE_SIGNAL_MS) return;
      logger.warn(`${signal} again: ending now`);
      exit(1);
      return;
    }
    firstSignal = { signal, ms: performance.now() };
    options.markStopping();
    if (options.graceMs > 0) {
      logger.log(`${signal}: not ready any more, stopping in ${options.graceMs} ms`);
      await delay(options.graceMs);
    }
    logger.log(`${signal}: stopping`);
    setTimeout(() => {
      logger.error(`not stopped after ${options.deadlineMs} ms: ending now`);
      exit(1);
    }, options.deadlineMs);
    const startedMs = performance.now();
    closeConnections(app.getHttpServer(), () => logger.log('all connections are closed'));
    try {
      await app.close();
      await options.onClosed();
      logger.log(`stopped in ${Math.round(performance.now() - startedMs)} ms`);
      exit(0);
    } catch (error) {
      logger.error(error);
      exit(1);
    }
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
}

/** `server.close` waits for every connection, and a client may keep one open for ever. */
function closeConnections(server: Server, onClosed: () => void): void {
  const idleTimer = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_INTERVAL_MS);
  const forceTimer = setTimeout(() => server.closeAllConnections(), REQUEST_GRACE_MS);
  server.once('close', () => {
    clearInterval(idleTimer);
    clearTimeout(forceTimer);
    onClosed();
  });
}

/**
 * Ends the process on a signal that comes while it starts, with exit 0: whatever of the store was opened stands a crash. The trap: nobody
 * else would end the first process of a container, for which a signal that nobody has asked for does nothing.
 * @returns what gives that up, when there is something to stop in good order
 */
export function exitOnSignals(): () => void {
  const exit = (): void => process.exit(0);
  process.on('SIGTERM', exit).on('SIGINT', exit);
  return () => void process.off('SIGTERM', exit).off('SIGINT', exit);
}
