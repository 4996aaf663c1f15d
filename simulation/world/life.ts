/** A simulated process, from its start to its end. What it has scheduled ends with it. */

/** Shares its clock and its disk with all processes on it. */
export interface Machine {
  /** Difference of the wall clock to the true time, milliseconds. */
  wallOffsetMs: number;
}

export class Life {
  #isAlive = true;
  readonly #onEnd = new Set<() => void>();
  /** Its event loop stands still until then, virtual milliseconds. */
  pausedUntilMs = 0;
  /** Time of the last task of each FIFO queue, so that later ones stay behind it. */
  readonly lastAtMs = new Map<string, number>();

  constructor(
    readonly name: string,
    readonly machine: Machine = { wallOffsetMs: 0 },
  ) {}

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Calls `listener` when the process ends. Returns a function that takes this back. */
  onEnd(listener: () => void): () => void {
    this.#onEnd.add(listener);
    return () => this.#onEnd.delete(listener);
  }

  /** Threads that run. */
  readonly threads = new Set<Life>();

  /** Adds a thread, which ends with the process. Returns a function that takes this back. */
  addThread(thread: Life): () => void {
    this.threads.add(thread);
    const forget = this.onEnd(() => thread.kill());
    return () => {
      this.threads.delete(thread);
      forget();
    };
  }

  /** Ends the process at once: nothing that it has scheduled runs any more. */
  kill(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    const listeners = [...this.#onEnd];
    this.#onEnd.clear();
    for (const listener of listeners) listener();
  }
}
