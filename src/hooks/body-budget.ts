/** Bounds the memory of bodies that are held at a time. Further ones wait, unread, in the order of their arrival. */

/** Bodies of hooks that are held at a time, bytes. Also the largest body that a hook can allow. */
export const MAX_HELD_BYTES = 32 * 2 ** 20;

interface Waiter {
  readonly bytes: number;
  readonly start: () => void;
}

export class BodyBudget {
  #freeBytes: number;
  readonly #waiters = new Set<Waiter>();

  constructor(limitBytes: number) {
    this.#freeBytes = limitBytes;
  }

  /** Bodies that wait for room. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Takes room, unless others wait for some or there is too little. @returns true if it was taken */
  tryTake(bytes: number): boolean {
    if (this.#waiters.size > 0 || bytes > this.#freeBytes) return false;
    this.#freeBytes -= bytes;
    return true;
  }

  /**
   * Calls `start` once the room has been taken.
   * @returns a function that gives up waiting. It does nothing after `start` was called
   */
  wait(bytes: number, start: () => void): () => void {
    const waiter = { bytes, start };
    this.#waiters.add(waiter);
    return () => {
      if (this.#waiters.delete(waiter)) this.#startWaiters();
    };
  }

  give(bytes: number): void {
    this.#freeBytes += bytes;
    this.#startWaiters();
  }

  #startWaiters(): void {
    for (const waiter of this.#waiters) {
      if (waiter.bytes > this.#freeBytes) return;
      this.#waiters.delete(waiter);
      this.#freeBytes -= waiter.bytes;
      waiter.start();
    }
  }
}
