/** How often something may be done within a time, by who does it. */
import { LRUCache } from 'lru-cache';

/** Most of those who are kept account of; those who were silent for longest are forgotten first. */
const MAX_KEPT = 10_000;

export class Allowance {
  readonly #counts: LRUCache<string, number>;

  /**
   * @param most how often within a window
   * @param windowMs the width of a window, milliseconds. It begins with the first time.
   */
  constructor(
    readonly most: number,
    windowMs: number,
  ) {
    // A window is not begun anew with each time: whoever goes on has to wait for its end all the same.
    this.#counts = new LRUCache({ max: MAX_KEPT, ttl: windowMs, noUpdateTTL: true });
  }

  /** Takes some of what one has left, if there is enough. @returns false when there is not, and then takes nothing */
  take(who: string, amount = 1): boolean {
    const used = this.#counts.get(who) ?? 0;
    if (used + amount > this.most) return false;
    this.#counts.set(who, used + amount);
    return true;
  }

  left(who: string): number {
    return this.most - (this.#counts.get(who) ?? 0);
  }

  /** Until there is all of it again, milliseconds. */
  renewedInMs(who: string): number {
    return this.#counts.has(who) ? this.#counts.getRemainingTTL(who) : 0;
  }

  /** The same in whole seconds, for headers. */
  renewedInS(who: string): number {
    return Math.max(1, Math.ceil(this.renewedInMs(who) / 1_000));
  }
}
