/** Stops the application on SIGTERM and SIGINT: in good order, once, and in bounded time. */
import type { Server } from 'node:http';
import { type INestApplication, Logger } from '@nestjs/common';

/** How often connections that have fallen idle are closed while stopping, milliseconds. */
const IDLE_CHECK_MS = 20;
/** How long requests in flight, and those that only half arrived, may take when stopping, milliseconds. */
const REQUEST_GRACE_MS = 2_500;

/** How soon behind the first a signal is the same one, milliseconds: npm passes on a Ctrl-C that the terminal has sent to all. */
const SAME_MS = 500;

/**
 * The first signal stops: no new requests or viewers (503), requests in flight finish, viewers are sent away, the store is
 * closed last, exit 0. A second signal, or the deadline, ends the process at once with exit 1.
 */
export function stopOnSignals(app: INestApplication<Server>, deadlineMs: number): void {
  const logger = new Logger('Stop');
  let first: { readonly signal: NodeJS.Signals; readonly ms: number } | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    if (first) {
      if (signal === first.signal && performance.now() - first.ms < SAME_MS) return;
      logger.warn(`${signal} again: ending now`);
      process.exit(1);
    }
    first = { signal, ms: performance.now() };
    logger.log(`${signal}: stopping`);
    setTimeout(() => {
      logger.error(`not stopped after ${deadlineMs} ms: ending now`);
      process.exit(1);
    }, deadlineMs);
    closeConnections(app.getHttpServer());
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** `server.close` waits for every connection, and a client may keep one open for ever. */
function closeConnections(server: Server): void {
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const rest = setTimeout(() => server.closeAllConnections(), REQUEST_GRACE_MS);
  server.once('close', () => {
    clearInterval(idle);
    clearTimeout(rest);
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
