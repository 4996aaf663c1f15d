/** Creates the application of a process, lets it listen, and shuts it down in order. */
import type { Server } from 'node:http';
import { type INestApplication, Logger } from '@nestjs/common';
import { loadDocumentBuilders } from './api-docs/api-documents.js';
import { createApp } from './app.js';
import type { Config } from './config/config.js';
import { exitProcess, STOP_SIGNALS } from './exit.js';
import type { AppLogger } from './ops/logger.js';
import { Readiness } from './ops/readiness.js';
import { type ShutdownOptions, shutDownOnSignals } from './shutdown.js';
import { StoreOpenError } from './store/store-open.error.js';

export interface ServeOptions {
  readonly config: Config;
  readonly log: AppLogger;
  /** Removes the handlers of the signals during the start. */
  readonly removeExitHandlers: () => void;
  /** Path of a Unix socket to listen on in place of HOST and PORT. */
  readonly socketPath?: string;
  /** Signals that begin the shutdown. Default: all of them. */
  readonly signals?: readonly NodeJS.Signals[];
  /** Longest time of the shutdown, milliseconds. Default: STOP_DEADLINE_MS. */
  readonly deadlineMs?: number;
  /** Time between the signal and the shutdown, milliseconds. Default: READY_GRACE_MS. */
  readonly graceMs?: number;
  /** Called before the application closes, and after it. */
  readonly beforeClose?: () => Promise<void>;
  readonly afterClose?: () => Promise<void>;
}

interface Serving {
  readonly app: INestApplication<Server>;
  /** Address with the base path; the path of the socket if it listens on one. */
  readonly url: string;
  /** Begins the shutdown. */
  readonly stop: ReturnType<typeof shutDownOnSignals>;
}

/** Serves until a signal ends the process. Ends it with 1 if it cannot start; the reason is printed then. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { config, log, socketPath } = options;
  try {
    const [app] = await Promise.all([createApp(config, log), loadDocumentBuilders()]);
    options.removeExitHandlers();
    const stop = shutDownOnSignals(toShutdownOptions(app, options));
    if (socketPath === undefined) await app.listen(config.PORT, config.HOST);
    else await app.listen(socketPath);
    return { app, stop, url: socketPath ?? `${await app.getUrl()}${config.BASE_PATH}` };
  } catch (error) {
    explainFailure(error, config);
    await log.flush();
    return exitProcess(1);
  }
}

function toShutdownOptions(app: INestApplication<Server>, options: ServeOptions): ShutdownOptions {
  const { config, log } = options;
  return {
    signals: options.signals ?? STOP_SIGNALS,
    graceMs: options.graceMs ?? config.READY_GRACE_MS,
    deadlineMs: options.deadlineMs ?? config.STOP_DEADLINE_MS,
    markStopping: () => app.get(Readiness).markStopping(),
    server: app.getHttpServer(),
    beforeClose: options.beforeClose,
    close: async () => {
      await app.close();
      await options.afterClose?.();
    },
    flushLog: () => log.flush(),
  };
}

function explainFailure(error: unknown, config: Config): void {
  const { code, port } = (error instanceof Error ? error : {}) as NodeJS.ErrnoException & { readonly port?: number };
  if (code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    const { HOST, PORT, METRICS_HOST, METRICS_PORT } = config;
    const [address, prefix] =
      port !== undefined && port === METRICS_PORT
        ? [`${METRICS_HOST || HOST}:${METRICS_PORT}`, 'METRICS_']
        : [`${HOST}:${PORT}`, ''];
    process.stderr.write(`cannot listen on ${address} (${code}): choose another ${prefix}PORT, or ${prefix}HOST\n`);
  } else if (!(error instanceof StoreOpenError)) {
    // Nest has already logged why the store did not open.
    new Logger('Tallyboard').error(error);
  }
}
