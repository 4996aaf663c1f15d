/** Shares the event loop between histories: one slice of their work runs per turn, however many are read. */
import { setImmediate } from 'node:timers/promises';

let lastTurn: Promise<void> = Promise.resolve();

/**
 * Resolves in a turn of the event loop that no other caller has. Callers take turns in the order of their calls, so a
 * change waits for one slice of one history in each turn, and not for a slice of every history.
 */
export function waitForTurn(): Promise<void> {
  return (lastTurn = lastTurn.then(() => setImmediate()));
}
