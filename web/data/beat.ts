/** The beat in which a page with many numbers is drawn. */

/** Milliseconds. */
export const BEAT_MS = 200;

/** Returns the time to the next multiple of an interval, so that what changes at its own time shares a frame. */
export function getTimeToBeat(intervalMs: number): number {
  return intervalMs - (performance.now() % intervalMs);
}
