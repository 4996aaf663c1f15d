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
import { errorMessage } from './counters/errors.js';
import { loadConfig } from './config/load-config.js';
import { exitProcess, STOP_SIGNALS } from './exit.js';
import { Metrics } from './ops/metrics.js';
import { serve, type ServeOptions } from './serve.js';
import { shutDownOnSignals } from './shutdown.js';
import { type ConfigValues, countWorkers, divideConfig } from './workers/worker-config.js';
import { RESTART_SIGNAL } from './workers/worker-messages.js';
import { WorkerPool } from './workers/worker-pool.js';

/** Longest path of a Unix socket, bytes: 108 less the zero at its end, 104 on macOS. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * Returns the path for a socket in a directory that only this user can enter, for as long as the process runs.
 * Ends the process with 1 if there can be none.
 */
async function createSocketPath({ DATA_DIR }: Config): Promise<string> {
  const faults: string[] = [];
  // The root of a container is often read-only.
  for (const parent of [tmpdir(), DATA_DIR]) {
    try {
      if (parent === DATA_DIR) mkdirSync(parent, { recursive: true });
      const directory = mkdtempSync(join(parent, 'tallyboard-'));
      process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
      const path = join(directory, 'store.sock');
      if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return path;
      faults.push(`${path} is longer than ${MAX_SOCKET_PATH_BYTES} bytes`);
    } catch (error) {
      faults.push(errorMessage(error));
    }
  }
  process.stderr.write(
    `cannot create the socket of the workers (${faults.join('; ')}): set TMPDIR to a writable directory with a short path\n`,
  );
  return exitProcess(1);
}

/** Serves until a signal ends the process, or five workers have died within a minute. */
export async function serveWithWorkers(values: ConfigValues, options: ServeOptions): Promise<void> {
  const { config, log, removeExitHandlers, afterClose } = options;
  const logger = new Logger('Tallyboard');
  const socketPath = await createSocketPath(config);
  const { owner, worker } = divideConfig(values, config, socketPath);
  cluster.setupPrimary({ exec: fileURLToPath(new URL('./main.js', import.meta.url)), args: [] });
  const pool = new WorkerPool(countWorkers(config), worker, async (reason) => {
    logger.error(`${reason}: exiting now`);
    await log.flush();
    await exitProcess(1);
  });
  const stopWorkers = (): Promise<void> => pool.stop();
  let isStarted = false;
  process.on(RESTART_SIGNAL, () => void (isStarted && pool.restart()));
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
  const url = await pool.start();
  isStarted = true;
  logger.log(`Listening on ${url} with ${countWorkers(config)} workers`);
}
