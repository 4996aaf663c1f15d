/** Shows one message at a time over the page, such as a failed change. */
import { createElement, setText } from './element.js';

/** Duration of a message, milliseconds. It stays longer while it has the pointer or the focus. */
const NOTICE_MS = 10_000;

export class Notice {
  readonly #text = createElement('p');
  readonly #close = createElement('button', { type: 'button', 'aria-label': 'Dismiss' }, '×');
  readonly #box = createElement('div', { class: 'box', hidden: true }, this.#text, this.#close);
  /** Always in the document, so that screen readers announce new content. */
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
