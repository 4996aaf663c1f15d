/** Fixed-window rate limiter with a key per client. */
import { LRUCache } from 'lru-cache';

/** Number of keys to track. The least recently used ones are forgotten first. */
const MAX_TRACKED_KEYS = 10_000;

/** Usage of one key since its first use. Further use does not extend the window. */
interface RateWindow {
  used: number;
  /** End of the window on the clock of `performance`, milliseconds. */
  readonly endsMs: number;
}

export class FixedWindowLimiter {
  readonly #windows = new LRUCache<string, RateWindow>({ max: MAX_TRACKED_KEYS });
  /** Called with each amount that was consumed. */
  onConsumed: ((key: string, amount: number) => void) | undefined;

  /**
   * @param limit amount allowed per window
   * @param windowMs length of a window, milliseconds
   */
  constructor(
    readonly limit: number,
    private readonly windowMs: number,
  ) {}

  /** Consumes an amount if enough remains. @returns false if not, and then nothing is consumed */
  consume(key: string, amount = 1): boolean {
    const nowMs = readMs();
    const window = this.#findWindow(nowMs, key) ?? this.#openWindow(nowMs, key);
    if (window.used + amount > this.limit) return false;
    window.used += amount;
    this.onConsumed?.(key, amount);
    return true;
  }

  /** Counts an amount that another process has consumed, even if the limit is exceeded then. */
  countForeign(key: string, amount: number): void {
    const nowMs = readMs();
    (this.#findWindow(nowMs, key) ?? this.#openWindow(nowMs, key)).used += amount;
  }

  getRemaining(key: string): number {
    return this.limit - (this.#findWindow(readMs(), key)?.used ?? 0);
  }

  /** Returns the time until the window ends, milliseconds. */
  getResetInMs(key: string): number {
    const nowMs = readMs();
    return (this.#findWindow(nowMs, key)?.endsMs ?? nowMs) - nowMs;
  }

  /** Returns the same in seconds, rounded up to at least 1, for headers. */
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

/** Returns whole milliseconds: with fractions, the end of a window less the present can be more than its length. */
function readMs(): number {
  return Math.floor(performance.now());
}
