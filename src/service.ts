/** The service as a process: loads the configuration and serves, alone or with workers. */
import { Logger } from '@nestjs/common';
import { deleteSecrets, loadConfig } from './config/load-config.js';
import { warnAboutDescriptors } from './http/descriptor-limit.js';
import { findHooksFaults } from './hooks/hooks-file.js';
import { createLogger } from './ops/logger.js';
import { readTraceConfig } from './ops/otel-config.js';
import type { WarningCapture } from './process-warnings.js';
import { serve } from './serve.js';
import { countWorkers } from './workers/worker-config.js';

/** Handlers that the entry point installed before it imported this module. */
export interface Started {
  /** Removes the handlers of `exitOnSignals`. */
  readonly removeExitHandlers: () => void;
  readonly warnings: WarningCapture;
}

/**
 * Runs the service until a signal ends it.
 * @param env variables of the process. Those with secrets are deleted from it
 */
export async function runService(env: NodeJS.ProcessEnv, started: Started): Promise<void> {
  const { config, values, faults: variableFaults, warnings } = loadConfig(env);
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
  const { removeExitHandlers } = started;
  const afterClose = async (): Promise<void> => tracing?.shutDown();
  if (countWorkers(config) > 1) {
    const { serveWithWorkers } = await import('./supervisor.js');
    await serveWithWorkers(values, { config, log, removeExitHandlers, afterClose });
    return;
  }
  const { url } = await serve({ config, log, removeExitHandlers, afterClose });
  startupLogger.log(`Listening on ${url}`);
}
