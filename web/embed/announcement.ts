/** Announces a changing number to screen readers: the latest one, and not too often. */
import { createElement } from './element.js';

/** Shortest interval between two announcements, milliseconds, since each takes seconds to read out. */
const MIN_ANNOUNCEMENT_INTERVAL_MS = 10_000;

export class Announcement {
  readonly root = createElement('span', { class: 'announcement', role: 'status' });
  #next: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Announces the text now, or at the end of the interval; later texts replace earlier ones. */
  announce(words: string): void {
    this.#next = words;
    if (this.#timer === undefined) this.#flush();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#next = undefined;
    this.root.remove();
  }

  #flush(): void {
    this.#timer = undefined;
    const words = this.#next;
    this.#next = undefined;
    if (words === undefined || words === this.root.textContent) return;
    this.root.textContent = words;
    this.#timer = setTimeout(() => this.#flush(), MIN_ANNOUNCEMENT_INTERVAL_MS);
  }
}
