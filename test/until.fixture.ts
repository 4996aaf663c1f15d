/** Waits for a condition instead of for a time: looks again as soon as the loop has had a turn, until it holds. */
import { setTimeout } from 'node:timers/promises';

/** Between two looks, milliseconds: long enough to leave the processor to what is waited for. */
const LOOK_AGAIN_MS = 5;

/** Resolves when `condition` holds. It has no end of its own: the test's limit is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(LOOK_AGAIN_MS);
}
