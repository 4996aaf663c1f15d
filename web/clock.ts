/** The time of the service, as far as it has told: rows begin by its clock, whatever the viewer's shows. */

export class Clock {
  #offsetMs: number | undefined;

  /** Takes in that the service has named a moment: it was that late there at least. */
  hear(ms: number, nowMs = Date.now()): void {
    this.#offsetMs = Math.max(this.#offsetMs ?? -Infinity, ms - nowMs);
  }

  /** Forgets what it heard: one of the two clocks may have been set. */
  reset(): void {
    this.#offsetMs = undefined;
  }

  /** Milliseconds since the Unix epoch, by the clock of the service. */
  now(nowMs = Date.now()): number {
    return nowMs + (this.#offsetMs ?? 0);
  }
}
