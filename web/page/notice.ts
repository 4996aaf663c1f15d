/** One message at a time over the page, for what the viewer did and what did not work. */
import { createElement, setText } from './element.js';

/** How long a message stays, milliseconds. It stays while the pointer or the focus is on it. */
const NOTICE_MS = 10_000;

export class Notice {
  readonly #text = createElement('p');
  readonly #close = createElement('button', { type: 'button', 'aria-label': 'Dismiss' }, '×');
  readonly #box = createElement('div', { class: 'box', hidden: true }, this.#text, this.#close);
  /** Is there from the start: what comes into it is read aloud. */
  readonly root = createElement('div', { class: 'notice', role: 'alert' }, this.#box);
  #hideTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#close.addEventListener('click', () => this.#hide());
  }

  show(text: string): void {
    clearTimeout(this.#hideTimer);
    setText(this.#text, text);
    this.#box.hidden = false;
    this.#hideTimer = setTimeout(() => this.#hideUnlessUsed(), NOTICE_MS);
  }

  #hideUnlessUsed(): void {
    if (this.#box.matches(':hover, :focus-within'))
      this.#hideTimer = setTimeout(() => this.#hideUnlessUsed(), NOTICE_MS);
    else this.#hide();
  }

  #hide(): void {
    this.#box.hidden = true;
    setText(this.#text, '');
  }
}
