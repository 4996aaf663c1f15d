/** Announces the page to screen readers: freshness at once, changed values at intervals. */
import { createElement, setText } from './element.js';

/**
 * Shortest interval between two announcements of values, milliseconds, to leave the screen reader time for other
 * content.
 */
const NUMBERS_INTERVAL_MS = 30_000;
const MAX_ANNOUNCED_COUNTERS = 5;

export class LiveRegion {
  readonly #status = createElement('p', { class: 'visually-hidden', role: 'status' });
  readonly #values = createElement('p', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly nodes: readonly HTMLElement[] = [this.#status, this.#values];
  readonly #changed = new Set<string>();
  #announcedAt = Date.now();

  announceStatus(text: string): void {
    setText(this.#status, text);
  }

  addChanged(counters: readonly string[]): void {
    for (const counter of counters) this.#changed.add(counter);
  }

  /**
   * Announces the changed counters if the interval has passed.
   * @param describeCounter returns a counter's title and value
   */
  announceChanged(describeCounter: (counter: string) => string): void {
    if (this.#changed.size === 0 || Date.now() - this.#announcedAt < NUMBERS_INTERVAL_MS) return;
    this.#announcedAt = Date.now();
    const names = [...this.#changed];
    const more = names.length > MAX_ANNOUNCED_COUNTERS ? `, and ${names.length - MAX_ANNOUNCED_COUNTERS} more` : '';
    setText(this.#values, names.slice(0, MAX_ANNOUNCED_COUNTERS).map(describeCounter).join(', ') + more);
    this.#changed.clear();
  }
}
