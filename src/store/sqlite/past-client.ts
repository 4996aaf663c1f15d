/** The past of a dashboard on its way to the writer thread (past-writer.ts). */
import type { PastStaging } from '../past-staging.js';
import type { BegunPast } from './past-writer.js';

type PastMethod = 'beginPast' | 'addPast' | 'completePast' | 'abortPast';

/** @param call calls the writer thread, in the order of the changes */
export async function beginPast(
  call: (method: PastMethod, ...args: readonly unknown[]) => Promise<unknown>,
): Promise<PastStaging> {
  const { id, dashboard } = (await call('beginPast')) as BegunPast;
  return {
    dashboard,
    add: async (records) => void (await call('addPast', id, records)),
    complete: async (past) => void (await call('completePast', id, past)),
    // A thread that is lost leaves nothing behind.
    abort: async () => void (await call('abortPast', id).catch(() => undefined)),
  };
}
