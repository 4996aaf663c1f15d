/**
 * Serves with workers: processes that take requests on one port and hold the viewers. This process has the store, the
 * hooks and the rules, and the workers are its relays over a Unix socket. With Redis, or behind an upstream, each
 * worker has the store of its own, and this process only looks after them.
 */
import cluster from 'node:cluster';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import type { Config } from './config/config.js';
import { loadConfig } from './config/load-config.js';
import { exitProcess, STOP_SIGNALS } from './exit.js';
import { Metrics } from './ops/metrics.js';
import { serve, type ServeOptions } from './serve.js';
import { shutDownOnSignals } from './shutdown.js';
import { type ConfigValues, countWorkers, divideConfig } from './workers/worker-config.js';
import { WorkerPool } from './workers/worker-pool.js';

/** Starts the workers anew, for example after a change of the certificates that they hold. */
const RESTART_SIGNAL = 'SIGUSR2';

/** Creates a directory that only this user can enter, for as long as the process runs. */
function createSocketDirectory({ DATA_DIR }: Config): string {
  const create = (parent: string): string => mkdtempSync(join(parent, 'tallyboard-'));
  let directory: string;
  try {
    directory = create(tmpdir());
  } catch {
    // The root of a container is often read-only.
    mkdirSync(DATA_DIR, { recursive: true });
    directory = create(DATA_DIR);
  }
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Serves until a signal ends the process, or five workers have died within a minute. */
export async function serveWithWorkers(values: ConfigValues, options: ServeOptions): Promise<void> {
  const { config, log, removeExitHandlers, afterClose } = options;
  const logger = new Logger('Tallyboard');
  const socketPath = join(createSocketDirectory(config), 'store.sock');
  const { owner, worker } = divideConfig(values, config, socketPath);
  cluster.setupPrimary({ exec: fileURLToPath(new URL('./main.js', import.meta.url)), args: [] });
  const pool = new WorkerPool(countWorkers(config), worker, async () => {
    logger.error('five workers have died within a minute: exiting now');
    await log.flush();
    await exitProcess(1);
  });
  const stopWorkers = (): Promise<void> => pool.stop();
  if (owner) {
    const { app } = await serve({
      config: loadConfig(owner).config,
      log,
      removeExitHandlers,
      socketPath,
      // The workers wait for load balancers.
      graceMs: 0,
      deadlineMs: config.READY_GRACE_MS + config.STOP_DEADLINE_MS,
      beforeClose: stopWorkers,
      ...(afterClose && { afterClose }),
    });
    const metrics = app.get(Metrics);
    pool.readOwnMetrics = () => metrics.readFamilies();
    metrics.renderWith(() => pool.renderMetrics());
  } else {
    removeExitHandlers();
    shutDownOnSignals({
      signals: STOP_SIGNALS,
      graceMs: 0,
      deadlineMs: config.READY_GRACE_MS + config.STOP_DEADLINE_MS,
      markStopping: () => {},
      server: undefined,
      close: async () => {
        await stopWorkers();
        await afterClose?.();
      },
      flushLog: () => log.flush(),
    });
  }
  process.on(RESTART_SIGNAL, () => void pool.restart());
  const url = await pool.start();
  logger.log(`Listening on ${url} with ${countWorkers(config)} workers`);
}
