/**
 * Entry point of the service. It handles signals and warnings before it imports anything else: the imports take up to
 * seconds on a busy machine, and the first process of a container ignores a signal that has no handler. The imports
 * also need the most file descriptors, and fail with misleading errors if there are too few.
 */
import cluster from 'node:cluster';
import { exitOnSignals } from './exit.js';
import { explainTooFewDescriptors } from './http/descriptor-limit.js';
import { captureWarnings } from './process-warnings.js';

const started = { removeExitHandlers: exitOnSignals(), warnings: captureWarnings() };
const tooFewDescriptors = explainTooFewDescriptors();
if (tooFewDescriptors !== undefined) {
  process.stderr.write(`${tooFewDescriptors}\n`);
  process.exitCode = 1;
} else {
  const run = cluster.isWorker ? (await import('./worker.js')).runWorker : (await import('./service.js')).runService;
  await run(process.env, started);
}
