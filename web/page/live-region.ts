/** Tells those who do not see the page what they would see: at once how fresh the numbers are, and now and then the numbers. */
import { createElement, setText } from './element.js';

/** Shortest time between two announcements of numbers, milliseconds: a screen reader is to leave time for other things. */
const NUMBERS_INTERVAL_MS = 30_000;
/** Most counters in one announcement. */
const MAX_ANNOUNCED_COUNTERS = 5;

export class LiveRegion {
  readonly #status = createElement('p', { class: 'visually-hidden', role: 'status' });
  readonly #values = createElement('p', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly nodes: readonly HTMLElement[] = [this.#status, this.#values];
  readonly #changed = new Set<string>();
  #announcedAt = Date.now();

  /** How fresh the numbers are, in a word. */
  announceStatus(text: string): void {
    setText(this.#status, text);
  }

  addChanged(counters: readonly string[]): void {
    for (const counter of counters) this.#changed.add(counter);
  }

  /** Says what has changed, when it is time. @param describeCounter a counter with its number, in words */
  announceChanged(describeCounter: (counter: string) => string): void {
    if (this.#changed.size === 0 || Date.now() - this.#announcedAt < NUMBERS_INTERVAL_MS) return;
    this.#announcedAt = Date.now();
    const names = [...this.#changed];
    const more = names.length > MAX_ANNOUNCED_COUNTERS ? `, and ${names.length - MAX_ANNOUNCED_COUNTERS} more` : '';
    setText(this.#values, names.slice(0, MAX_ANNOUNCED_COUNTERS).map(describeCounter).join(', ') + more);
    this.#changed.clear();
  }
}
