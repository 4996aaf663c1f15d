/** Ends the process, whatever its worker threads do, also on a signal before it has started. */
import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

/** Signals that shut the service down. SIGHUP is sent when its terminal closes. */
export const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** Time for worker threads to end, milliseconds. */
const THREAD_END_TIMEOUT_MS = 500;

const runningWorkers = new Set<Worker>();

process.on('worker', (worker) => {
  runningWorkers.add(worker);
  worker.once('exit', () => runningWorkers.delete(worker));
});

/**
 * Ends worker threads, then the process. `process.exit` alone waits for the threads, and one that hangs in the
 * operating system, on a disk that does not respond for example, would keep the process alive: it is killed then.
 * @param code exit code
 */
export async function exitProcess(code: number): Promise<never> {
  // Owners of the threads would take their end for a fault, and report it.
  for (const worker of runningWorkers) worker.removeAllListeners();
  const ended = Promise.all([...runningWorkers].map((worker) => worker.terminate())).then(() => true);
  if (!(await Promise.race([ended, setTimeout(THREAD_END_TIMEOUT_MS, false)]))) killProcess();
  process.exit(code);
}

/** The first process of a container ignores SIGKILL from within. `abort` ends it all the same. */
function killProcess(): never {
  if (process.pid !== 1) process.kill(process.pid, 'SIGKILL');
  process.abort();
}

/**
 * Exits with 0 on a signal during the start: a store that is only partly open survives a crash. Without these handlers,
 * the first process of a container would ignore the signals.
 * @returns a function that removes the handlers
 */
export function exitOnSignals(): () => void {
  const exit = (): void => void exitProcess(0);
  for (const signal of STOP_SIGNALS) process.on(signal, exit);
  return () => {
    for (const signal of STOP_SIGNALS) process.off(signal, exit);
  };
}
