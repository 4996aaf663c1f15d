/**
 * Measures the silence of viewers.
 *
 * The clock stands still while the event loop does not run: while the process is stopped (SIGSTOP, `docker pause`, a
 * suspended virtual machine) or blocked, nothing that viewers send can be read, so that time is not their silence.
 */
export class LivenessClock {
  #elapsedMs = 0;
  #tickedAtMs = performance.now();
  #ticks = 0;

  /** @param maxGapMs longest time between two ticks that counts, milliseconds */
  constructor(private readonly maxGapMs: number) {}

  /** Returns the time that the event loop has been running, milliseconds. Never decreases. */
  now(): number {
    return this.#elapsedMs + Math.min(performance.now() - this.#tickedAtMs, this.maxGapMs);
  }

  /** Number of ticks so far: a coarse time that costs nothing to read and fits a small integer. */
  get ticks(): number {
    return this.#ticks;
  }

  /** Must be called more often than every `maxGapMs`. */
  tick(): void {
    this.#elapsedMs = this.now();
    this.#tickedAtMs = performance.now();
    this.#ticks += 1;
  }
}
