/**
 * Entry point of the service. It handles signals and warnings before it imports anything else: the imports take up to
 * seconds on a busy machine, and the first process of a container ignores a signal that has no handler.
 */
import { exitOnSignals } from './exit.js';
import { captureWarnings } from './process-warnings.js';

const started = { removeExitHandlers: exitOnSignals(), warnings: captureWarnings() };
const { runService } = await import('./service.js');
await runService(process.env, started);
