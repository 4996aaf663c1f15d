/** Tells a changing number to those who listen to a page: the newest, and seldom. */
import { element } from '../page/element.js';

/** Between two announcements, at the least: one takes seconds to be read out. */
const PAUSE_MS = 10_000;

export class Announcement {
  readonly element = element('span', { class: 'announcement', role: 'status' });
  #next: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Says it, or when something was said not long ago, keeps it until then; of several the last. */
  say(words: string): void {
    this.#next = words;
    if (this.#timer === undefined) this.#speak();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#next = undefined;
    this.element.remove();
  }

  #speak(): void {
    this.#timer = undefined;
    const words = this.#next;
    this.#next = undefined;
    if (words === undefined || words === this.element.textContent) return;
    this.element.textContent = words;
    this.#timer = setTimeout(() => this.#speak(), PAUSE_MS);
  }
}
