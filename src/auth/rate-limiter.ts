/** How often something may be done within a time, by who does it. */
import { LRUCache } from 'lru-cache';

/** Most of those who are kept account of; those who were silent for longest are forgotten first. */
const MAX_TRACKED_KEYS = 10_000;

/** What one has done since a first time. It is not begun anew by more of it: whoever goes on has to wait for its end all the same. */
interface RateWindow {
  used: number;
  /** By the clock of `performance`, milliseconds. */
  readonly endsMs: number;
}

export class FixedWindowLimiter {
  readonly #windows = new LRUCache<string, RateWindow>({ max: MAX_TRACKED_KEYS });

  /**
   * @param limit how often within a window
   * @param windowMs the width of a window, milliseconds
   */
  constructor(
    readonly limit: number,
    private readonly windowMs: number,
  ) {}

  /** Takes some of what one has left, if there is enough. @returns false when there is not, and then takes nothing */
  consume(key: string, amount = 1): boolean {
    const nowMs = performance.now();
    const window = this.#findWindow(nowMs, key) ?? this.#openWindow(nowMs, key);
    if (window.used + amount > this.limit) return false;
    window.used += amount;
    return true;
  }

  getRemaining(key: string): number {
    return this.limit - (this.#findWindow(performance.now(), key)?.used ?? 0);
  }

  /** Until there is all of it again, milliseconds. */
  getResetInMs(key: string): number {
    const nowMs = performance.now();
    return (this.#findWindow(nowMs, key)?.endsMs ?? nowMs) - nowMs;
  }

  /** The same in whole seconds, for headers. */
  getResetInS(key: string): number {
    return Math.max(1, Math.ceil(this.getResetInMs(key) / 1_000));
  }

  #findWindow(nowMs: number, key: string): RateWindow | undefined {
    const window = this.#windows.get(key);
    return window && window.endsMs > nowMs ? window : undefined;
  }

  #openWindow(nowMs: number, key: string): RateWindow {
    const window = { used: 0, endsMs: nowMs + this.windowMs };
    this.#windows.set(key, window);
    return window;
  }
}
