/** Tells those who do not see the page what they would see: at once how fresh the numbers are, and now and then the numbers. */
import { element, setText } from './element.js';

/** Shortest time between two announcements of numbers, milliseconds: a screen reader is to leave time for other things. */
const PAUSE_MS = 30_000;
/** Most counters in one announcement. */
const MOST_COUNTERS = 5;

export class Announcer {
  readonly #status = element('p', { class: 'unseen', role: 'status' });
  readonly #numbers = element('p', { class: 'unseen', 'aria-live': 'polite' });
  readonly nodes: readonly HTMLElement[] = [this.#status, this.#numbers];
  readonly #changed = new Set<string>();
  #saidAt = Date.now();

  /** How fresh the numbers are, in a word. */
  status(text: string): void {
    setText(this.#status, text);
  }

  changed(counters: readonly string[]): void {
    for (const counter of counters) this.#changed.add(counter);
  }

  /** Says what has changed, when it is time. @param say a counter with its number, in words */
  tick(say: (counter: string) => string): void {
    if (this.#changed.size === 0 || Date.now() - this.#saidAt < PAUSE_MS) return;
    this.#saidAt = Date.now();
    const names = [...this.#changed];
    const more = names.length > MOST_COUNTERS ? `, and ${names.length - MOST_COUNTERS} more` : '';
    setText(this.#numbers, names.slice(0, MOST_COUNTERS).map(say).join(', ') + more);
    this.#changed.clear();
  }
}
