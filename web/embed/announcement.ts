/** Tells a changing number to those who listen to a page: the newest, and seldom. */
import { createElement } from '../page/element.js';

/** Between two announcements, at the least: one takes seconds to be read out. */
const MIN_ANNOUNCEMENT_INTERVAL_MS = 10_000;

export class Announcement {
  readonly root = createElement('span', { class: 'announcement', role: 'status' });
  #next: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Says it, or when something was said not long ago, keeps it until then; of several the last. */
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
