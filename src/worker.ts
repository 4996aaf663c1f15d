/** A worker: serves with the configuration that its parent sends, and ends with its parent. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Logger } from '@nestjs/common';
import { receiveUsage, sendUsageTo } from './auth/usage-exchange.js';
import type { Config } from './config/config.js';
import { loadConfig } from './config/load-config.js';
import { exitProcess } from './exit.js';
import { createLogger } from './ops/logger.js';
import { Metrics } from './ops/metrics.js';
import { readTraceConfig } from './ops/otel-config.js';
import { serve } from './serve.js';
import type { Started } from './service.js';
import type { ConfigValues } from './workers/worker-config.js';
import { type MessageToParent, type MessageToWorker, RESTART_SIGNAL } from './workers/worker-messages.js';

/** Time for the metrics of all workers, milliseconds. */
const METRICS_TIMEOUT_MS = 3_000;

/** Serves until the parent, or a SIGTERM of its own, ends it. */
export async function runWorker(env: NodeJS.ProcessEnv, started: Started): Promise<void> {
  // A terminal, or `systemctl kill`, sends them to the whole group. The parent stops or replaces its workers in order.
  for (const signal of ['SIGINT', 'SIGHUP', RESTART_SIGNAL] as const) process.on(signal, () => {});
  process.once('disconnect', () => void exitProcess(1));
  // Nothing is to be finished before the worker serves.
  const endAtStop = ({ kind }: MessageToWorker): void =>
    void ((kind === 'stop' || kind === 'retire') && exitProcess(0));
  process.on('message', endAtStop);
  const { config } = loadConfig(await receiveValues());
  // Before the process ends.
  process.prependOnceListener('disconnect', () => removeSocket(config));
  const traceConfig = readTraceConfig(env).config;
  const tracing = traceConfig && (await import('./ops/tracing.js')).startTracing(traceConfig);
  const log = await createLogger(config, tracing && (() => tracing.getLogFields()));
  Logger.overrideLogger(log);
  started.warnings.logTo((message, fields) => log.write('warn', 'Node', message, { ...fields }));
  const { app, stop, url } = await serve({
    config,
    log,
    removeExitHandlers: started.removeExitHandlers,
    signals: ['SIGTERM'],
    afterClose: async () => tracing?.shutDown(),
  });
  const metrics = app.get(Metrics);
  const requests = new MetricsRequests();
  metrics.renderWith(() => requests.send());
  sendUsageTo((usage) => send({ kind: 'used', usage }));
  process.off('message', endAtStop);
  process.on('message', (message: MessageToWorker) => {
    if (message.kind === 'retire') app.getHttpServer().close();
    if (message.kind === 'stop' || message.kind === 'retire') stop('SIGTERM');
    else if (message.kind === 'used') receiveUsage(message.usage);
    else if (message.kind === 'all-metrics') requests.receive(message.id, message.text);
    else if (message.kind === 'read-metrics')
      void metrics
        .readFamilies(message.hasCounters)
        .then((families) => send({ kind: 'metrics', id: message.id, families }));
  });
  send({ kind: 'listening', url });
}

/** Removes the socket of a parent that was killed, with its directory. */
function removeSocket({ UPSTREAM_URL }: Config): void {
  const [, path] = /^parent:(.+)$/.exec(UPSTREAM_URL) ?? [];
  if (path !== undefined) rmSync(dirname(path), { recursive: true, force: true });
}

/** Asks the parent for the metrics of all processes. */
class MetricsRequests {
  readonly #waiting = new Map<number, (text: string) => void>();
  #count = 0;

  /** @throws Error if they do not come in time */
  send(): Promise<string> {
    const id = (this.#count += 1);
    send({ kind: 'read-all-metrics', id });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error('the metrics of the other processes did not come in time'));
      }, METRICS_TIMEOUT_MS);
      this.#waiting.set(id, (text) => {
        this.#waiting.delete(id);
        clearTimeout(timer);
        resolve(text);
      });
    });
  }

  receive(id: number, text: string): void {
    this.#waiting.get(id)?.(text);
  }
}

/** Asks for the configuration. */
async function receiveValues(): Promise<ConfigValues> {
  send({ kind: 'ready' });
  for (;;) {
    const [message] = (await once(process, 'message')) as [MessageToWorker];
    if (message.kind === 'start') return message.values;
  }
}

/** The parent may be gone: then this process ends too. */
function send(message: MessageToParent): void {
  if (process.connected) process.send?.(message, undefined, {}, () => {});
}
