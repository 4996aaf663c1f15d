/** Stops the application on SIGTERM and SIGINT: in good order, once, and in bounded time. */
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type INestApplication, Logger } from '@nestjs/common';

/** How often connections that have fallen idle are closed while stopping, milliseconds. */
const IDLE_CHECK_MS = 20;
/** How long requests in flight, and those that only half arrived, may take when stopping, milliseconds. */
const REQUEST_GRACE_MS = 2_500;

/** How soon behind the first a signal is the same one, milliseconds: npm passes on a Ctrl-C that the terminal has sent to all. */
const SAME_MS = 500;

export interface StopOptions {
  /** Milliseconds from the first signal to the stop: balancers have them to notice that this instance is not ready. */
  readonly graceMs: number;
  /** Milliseconds that the stop may take after that. */
  readonly deadlineMs: number;
  /** Says that this instance is not ready any more. */
  readonly withdraw: () => void;
  /** What comes when all else has ended in good order. */
  readonly finish: () => Promise<void>;
  /** Resolves soon, when the last log lines are written. */
  readonly flush: () => Promise<void>;
}

/**
 * The first signal stops: the instance is not ready any more; when the grace is over no new requests or viewers (503), requests in
 * flight finish, viewers are sent away, the store is closed last, exit 0. A second signal, or the deadline, ends the process at once
 * with exit 1.
 */
export function stopOnSignals(app: INestApplication<Server>, options: StopOptions): void {
  const logger = new Logger('Stop');
  let first: { readonly signal: NodeJS.Signals; readonly ms: number } | undefined;
  let exitCode: number | undefined;
  const end = (code: number): void => {
    exitCode ??= code;
    void options.flush().finally(() => process.exit(exitCode));
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (first) {
      if (signal === first.signal && performance.now() - first.ms < SAME_MS) return;
      logger.warn(`${signal} again: ending now`);
      end(1);
      return;
    }
    first = { signal, ms: performance.now() };
    options.withdraw();
    if (options.graceMs > 0) {
      logger.log(`${signal}: not ready any more, stopping in ${options.graceMs} ms`);
      await delay(options.graceMs);
    }
    logger.log(`${signal}: stopping`);
    setTimeout(() => {
      logger.error(`not stopped after ${options.deadlineMs} ms: ending now`);
      end(1);
    }, options.deadlineMs);
    const beganMs = performance.now();
    closeConnections(app.getHttpServer(), () => logger.log('all connections are closed'));
    try {
      await app.close();
      await options.finish();
      logger.log(`stopped in ${Math.round(performance.now() - beganMs)} ms`);
      end(0);
    } catch (error) {
      logger.error(error);
      end(1);
    }
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
}

/** `server.close` waits for every connection, and a client may keep one open for ever. */
function closeConnections(server: Server, onClosed: () => void): void {
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const rest = setTimeout(() => server.closeAllConnections(), REQUEST_GRACE_MS);
  server.once('close', () => {
    clearInterval(idle);
    clearTimeout(rest);
    onClosed();
  });
}

/**
 * Ends the process on a signal that comes while it starts, with exit 0: whatever of the store was opened stands a crash. The trap: nobody
 * else would end the first process of a container, for which a signal that nobody has asked for does nothing.
 * @returns what gives that up, when there is something to stop in good order
 */
export function endOnSignals(): () => void {
  const end = (): void => process.exit(0);
  process.on('SIGTERM', end).on('SIGINT', end);
  return () => void process.off('SIGTERM', end).off('SIGINT', end);
}
