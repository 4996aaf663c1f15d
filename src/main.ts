/** Reads the configuration, starts the application, says where it listens, and stops it when told to. */
import { Logger } from '@nestjs/common';
import { createApp } from './app.js';
import { forgetSecrets, readConfig } from './config/load-config.js';
import { openLog } from './ops/logger.js';
import { Readiness } from './ops/readiness.js';
import { traceVariables } from './ops/otel-config.js';
import { endOnSignals, stopOnSignals } from './shutdown.js';
import { StoreOpenError } from './store/store-open.error.js';

const { config, faults, warnings } = readConfig(process.env);
forgetSecrets(process.env);
if (faults.length > 0) {
  process.stderr.write(warnings.map((warning) => `${warning}\n`).join(''));
  process.stderr.write(`The configuration is not usable:\n${faults.map((fault) => `  ${fault}\n`).join('')}`);
  process.exit(1);
}
const traces = traceVariables(process.env);
const tracing = traces.variables && (await import('./ops/tracing.js')).startTracing(traces.variables);
const log = await openLog(config, tracing && (() => tracing.fields()));
Logger.overrideLogger(log);
const logger = new Logger('Tallyboard');
for (const warning of [...warnings, ...traces.warnings]) logger.warn(warning);

const started = endOnSignals();
try {
  const app = await createApp(config, log);
  started();
  stopOnSignals(app, {
    graceMs: config.READY_GRACE_MS,
    deadlineMs: config.STOP_DEADLINE_MS,
    withdraw: () => app.get(Readiness).withdraw(),
    finish: async () => tracing?.end(),
    flush: () => log.flush(),
  });
  await app.listen(config.PORT, config.HOST);
  logger.log(`Listening on ${await app.getUrl()}${config.BASE_PATH}`);
} catch (error) {
  const { code, port } = (error instanceof Error ? error : {}) as NodeJS.ErrnoException & { readonly port?: number };
  if (code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    const { HOST, PORT, METRICS_HOST, METRICS_PORT } = config;
    const [address, prefix] =
      port !== undefined && port === METRICS_PORT
        ? [`${METRICS_HOST || HOST}:${METRICS_PORT}`, 'METRICS_']
        : [`${HOST}:${PORT}`, ''];
    process.stderr.write(`${address} cannot be listened on: set ${prefix}HOST or ${prefix}PORT to what is free here\n`);
  } else if (!(error instanceof StoreOpenError)) {
    // Nest has said by itself why a store does not open.
    logger.error(error);
  }
  await log.flush();
  process.exit(1);
}
