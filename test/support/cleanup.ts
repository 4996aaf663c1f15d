/** Clean-up after each test, and waiting for a condition. */
import { setTimeout } from 'node:timers/promises';

const POLL_INTERVAL_MS = 5;
const cleanups: (() => unknown)[] = [];

/** Registers a clean-up for the end of the running test, passed or failed. Clean-ups run in reverse order. */
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
  // Throw only now: a failing clean-up must not keep the others from running.
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
});

/** Polls until the condition holds. If it never does, the test fails with its time limit and polling stops. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const test = { running: true };
  afterTest(() => (test.running = false));
  while (!(await condition()) && test.running) await setTimeout(POLL_INTERVAL_MS);
}
