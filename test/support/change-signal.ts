/** Wakes all tasks that wait for the next change. */
export class ChangeSignal {
  readonly #waiters = new Set<() => void>();

  /** Resolves at the next `notify`. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiters.add(resolve));
  }

  notify(): void {
    for (const resolve of this.#waiters) resolve();
    this.#waiters.clear();
  }
}
