/** What every fixture needs: an end that comes with its test's, and a way to wait for a condition. */
import { setTimeout } from 'node:timers/promises';

const POLL_INTERVAL_MS = 5;
const cleanups: (() => unknown)[] = [];

/** Does something when the running test has ended, however it ended; the last one first. */
export function afterTest(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

afterEach(async () => {
  const failures: unknown[] = [];
  for (let cleanup = cleanups.pop(); cleanup; cleanup = cleanups.pop()) {
    try {
      await cleanup();
    } catch (error) {
      failures.push(error);
    }
  }
  // One that fails keeps none of the others from ending what is theirs.
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
});

/** Resolves as soon as the condition holds. What never holds is ended by the test's own time limit. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const test = { running: true };
  afterTest(() => (test.running = false));
  while (!(await condition()) && test.running) await setTimeout(POLL_INTERVAL_MS);
}
