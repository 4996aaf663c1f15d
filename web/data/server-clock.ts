/** Estimates the service's clock, which determines when rows of the history begin. The viewer's clock may differ. */

export class ServerClock {
  /** Offset to `performance.now()`, since the viewer's clock may be set at any time. */
  #offsetMs: number | undefined;

  /** Records a time from the service: its clock shows at least this time now. */
  observe(ms: number): void {
    this.#offsetMs = Math.max(this.#offsetMs ?? -Infinity, ms - performance.now());
  }

  /** Forgets the offset, since the service's clock may have been set. */
  reset(): void {
    this.#offsetMs = undefined;
  }

  /** Returns milliseconds since the Unix epoch by the service's clock; by the viewer's before the first record. */
  now(): number {
    // Whole, as the service takes times.
    return this.#offsetMs === undefined ? Date.now() : Math.floor(performance.now() + this.#offsetMs);
  }
}
