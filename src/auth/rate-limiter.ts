/** How often something may be done within a time, by who does it. */
import { LRUCache } from 'lru-cache';

/** Most of those who are kept account of; those who were silent for longest are forgotten first. */
const MAX_KEPT = 10_000;

/** What one has done since a first time. It is not begun anew by more of it: whoever goes on has to wait for its end all the same. */
interface Window {
  used: number;
  /** By the clock of `performance`, milliseconds. */
  readonly endsMs: number;
}

export class Allowance {
  readonly #windows = new LRUCache<string, Window>({ max: MAX_KEPT });

  /**
   * @param most how often within a window
   * @param windowMs the width of a window, milliseconds
   */
  constructor(
    readonly most: number,
    private readonly windowMs: number,
  ) {}

  /** Takes some of what one has left, if there is enough. @returns false when there is not, and then takes nothing */
  take(who: string, amount = 1): boolean {
    const nowMs = performance.now();
    const window = this.#windowAt(nowMs, who) ?? this.#begin(nowMs, who);
    if (window.used + amount > this.most) return false;
    window.used += amount;
    return true;
  }

  left(who: string): number {
    return this.most - (this.#windowAt(performance.now(), who)?.used ?? 0);
  }

  /** Until there is all of it again, milliseconds. */
  renewedInMs(who: string): number {
    const nowMs = performance.now();
    return (this.#windowAt(nowMs, who)?.endsMs ?? nowMs) - nowMs;
  }

  /** The same in whole seconds, for headers. */
  renewedInS(who: string): number {
    return Math.max(1, Math.ceil(this.renewedInMs(who) / 1_000));
  }

  #windowAt(nowMs: number, who: string): Window | undefined {
    const window = this.#windows.get(who);
    return window && window.endsMs > nowMs ? window : undefined;
  }

  #begin(nowMs: number, who: string): Window {
    const window = { used: 0, endsMs: nowMs + this.windowMs };
    this.#windows.set(who, window);
    return window;
  }
}
