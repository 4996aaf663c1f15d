/**
 * Visits all viewers in rounds. A round is spread over its time in slices, so that the heartbeats and pings of 200,000
 * viewers that connected together delay nothing else:
 *
 *     round of 1 s: | slice | slice | slice | ... |      (one slice, and one timer, up to 512 viewers)
 */

/** Viewers per slice: at most about 5 ms, if each is written to. */
const SLICE_SIZE = 512;

export class ViewerRounds<T> {
  #round: Iterator<T> | undefined;
  #sliceMs = 0;
  /** Time of the next slice, as `performance.now()`. */
  #dueMs = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param viewers viewers added during a round are visited last, removed ones are skipped
   * @param roundMs time from the start of one round to the start of the next
   */
  constructor(
    private readonly viewers: ReadonlyMap<T, unknown>,
    private readonly roundMs: number,
    private readonly beginRound: () => void,
    private readonly visit: (viewer: T) => void,
  ) {}

  start(): void {
    this.#dueMs = performance.now() + this.roundMs;
    this.#timer = setTimeout(() => this.#visitSlice(), this.roundMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #visitSlice(): void {
    const round = (this.#round ??= this.#begin());
    let remaining = SLICE_SIZE;
    let next = round.next();
    for (; next.done !== true; next = round.next()) {
      this.visit(next.value);
      remaining -= 1;
      if (remaining === 0) break;
    }
    if (next.done === true) this.#round = undefined;
    // After a halt of the process, missed slices are not made up for.
    const nowMs = performance.now();
    this.#dueMs = Math.max(this.#dueMs + this.#sliceMs, nowMs - this.roundMs);
    this.#timer = setTimeout(() => this.#visitSlice(), this.#dueMs - nowMs);
  }

  #begin(): Iterator<T> {
    this.beginRound();
    this.#sliceMs = this.roundMs / Math.max(1, Math.ceil(this.viewers.size / SLICE_SIZE));
    return this.viewers.keys();
  }
}
