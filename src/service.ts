/** The service as a process: loads the configuration, starts the application, and shuts it down on signals. */
import { Logger } from '@nestjs/common';
import { loadDocumentBuilders } from './api-docs/api-documents.js';
import { createApp } from './app.js';
import { deleteSecrets, loadConfig } from './config/load-config.js';
import { warnAboutDescriptors } from './http/descriptor-limit.js';
import { findHooksFaults } from './hooks/hooks-file.js';
import { createLogger } from './ops/logger.js';
import { Readiness } from './ops/readiness.js';
import { exitProcess } from './exit.js';
import { readTraceConfig } from './ops/otel-config.js';
import type { WarningCapture } from './process-warnings.js';
import { shutDownOnSignals } from './shutdown.js';
import { StoreOpenError } from './store/store-open.error.js';

/** Handlers that the entry point installed before it imported this module. */
interface Started {
  /** Removes the handlers of `exitOnSignals`. */
  readonly removeExitHandlers: () => void;
  readonly warnings: WarningCapture;
}

/**
 * Runs the service until a signal ends it.
 * @param env variables of the process. Those with secrets are deleted from it
 */
export async function runService(env: NodeJS.ProcessEnv, started: Started): Promise<void> {
  const { config, faults: variableFaults, warnings } = loadConfig(env);
  deleteSecrets(env);
  const faults = [...variableFaults, ...(await findHooksFaults(config.HOOKS_FILE))];
  if (faults.length > 0) {
    process.stderr.write(warnings.map((warning) => `${warning}\n`).join(''));
    process.stderr.write(`Invalid configuration:\n${faults.map((fault) => `  ${fault}\n`).join('')}`);
    process.exit(1);
  }
  const traceSettings = readTraceConfig(env);
  const tracing = traceSettings.config && (await import('./ops/tracing.js')).startTracing(traceSettings.config);
  const log = await createLogger(config, tracing && (() => tracing.getLogFields()));
  Logger.overrideLogger(log);
  started.warnings.logTo((message, fields) => log.write('warn', 'Node', message, { ...fields }));
  const startupLogger = new Logger('Tallyboard');
  for (const warning of [...warnings, ...traceSettings.warnings, ...warnAboutDescriptors(config)])
    startupLogger.warn(warning);

  try {
    const [app] = await Promise.all([createApp(config, log), loadDocumentBuilders()]);
    started.removeExitHandlers();
    shutDownOnSignals(app, {
      graceMs: config.READY_GRACE_MS,
      deadlineMs: config.STOP_DEADLINE_MS,
      markStopping: () => app.get(Readiness).markStopping(),
      onClosed: async () => tracing?.shutDown(),
      flushLog: () => log.flush(),
    });
    await app.listen(config.PORT, config.HOST);
    startupLogger.log(`Listening on ${await app.getUrl()}${config.BASE_PATH}`);
  } catch (error) {
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
      startupLogger.error(error);
    }
    await log.flush();
    await exitProcess(1);
  }
}
