/** The time of the service, as far as it has told: rows begin by its clock, whatever the viewer's shows. */

export class ServerClock {
  /** To what counts on from the opening of the page: the viewer's clock may be set at any time. */
  #offsetMs: number | undefined;

  /** Takes in that the service has named a moment: it was that late there at least. */
  observe(ms: number): void {
    this.#offsetMs = Math.max(this.#offsetMs ?? -Infinity, ms - performance.now());
  }

  /** Forgets what it heard: the clock of the service may have been set. */
  reset(): void {
    this.#offsetMs = undefined;
  }

  /** Milliseconds since the Unix epoch, by the clock of the service; by the viewer's as long as nothing was heard. */
  now(): number {
    return this.#offsetMs === undefined ? Date.now() : performance.now() + this.#offsetMs;
  }
}
