/**
 * Measures the silence of viewers.
 *
 * The clock stands still while the event loop does not run: while the process is stopped (SIGSTOP, `docker pause`, a
 * suspended virtual machine) or blocked, nothing that viewers send can be read, so that time is not their silence.
 */

/** Phases are fractions of it: they fit a small integer. */
export const PHASES = 0x1_00_00;
/** The golden ratio of {@link PHASES}: however many phases are taken together, they lie far apart. */
const PHASE_STEP = 40_503;

export class LivenessClock {
  #elapsedMs = 0;
  #tickedAtMs = performance.now();
  #ticks = 0;
  #latestPhase = 0;

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

  /** Returns another number below {@link PHASES} each time, to spread over time what viewers do at intervals. */
  takePhase(): number {
    return (this.#latestPhase = (this.#latestPhase + PHASE_STEP) % PHASES);
  }

  /** Must be called more often than every `maxGapMs`. */
  tick(): void {
    this.#elapsedMs = this.now();
    this.#tickedAtMs = performance.now();
    this.#ticks += 1;
  }
}
