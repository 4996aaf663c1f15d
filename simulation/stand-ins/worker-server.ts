/** Stands in for the worker server of the embedded store, as its worker modules import it: keeps how they start. */
import { reportDamage, serveCalls as serve } from '../../src/store/sqlite/worker-server.js';
import { registerWorker } from './worker-threads.js';

export { reportDamage };

/** The real one serves the calls, once for each thread. */
export function serveCalls(open: Parameters<typeof serve>[0]): void {
  registerWorker(() => serve(open));
}
