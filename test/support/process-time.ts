/**
 * Time for applications that run in this process, until the test ends: the time of day and the monotonic clock move or
 * stand still together. Timers and worker threads keep the real time.
 */
import { afterTest } from './cleanup.js';

/** Lets both clocks show that time has passed. */
export function passTime(ms: number): void {
  replaceClocks((readMs) => () => readMs() + ms);
}

/** Stops both clocks, so that no time window of a limit ends. @returns a function that starts them again */
export function stopTime(): () => void {
  return replaceClocks((readMs) => {
    const stoppedMs = readMs();
    return () => stoppedMs;
  });
}

function replaceClocks(replace: (readMs: () => number) => () => number): () => void {
  const restores = [Date, performance].map((clock) => {
    const original = clock.now;
    clock.now = replace(original.bind(clock));
    return () => void (clock.now = original);
  });
  const restore = (): void => restores.forEach((restoreClock) => restoreClock());
  afterTest(restore);
  return restore;
}
