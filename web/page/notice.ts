/** One message at a time over the page, for what the viewer did and what did not work. */
import { element, setText } from './element.js';

/** How long a message stays, milliseconds. It stays while the pointer or the focus is on it. */
const SHOWN_MS = 10_000;

export class Notice {
  readonly #text = element('p');
  readonly #close = element('button', { type: 'button', 'aria-label': 'Dismiss' }, '×');
  readonly #box = element('div', { class: 'box', hidden: true }, this.#text, this.#close);
  /** Is there from the start: what comes into it is read aloud. */
  readonly root = element('div', { class: 'notice', role: 'alert' }, this.#box);
  #hiding: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#close.addEventListener('click', () => this.#hide());
  }

  say(text: string): void {
    clearTimeout(this.#hiding);
    setText(this.#text, text);
    this.#box.hidden = false;
    this.#hiding = setTimeout(() => this.#hideUnlessUsed(), SHOWN_MS);
  }

  #hideUnlessUsed(): void {
    if (this.#box.matches(':hover, :focus-within')) this.#hiding = setTimeout(() => this.#hideUnlessUsed(), SHOWN_MS);
    else this.#hide();
  }

  #hide(): void {
    this.#box.hidden = true;
    setText(this.#text, '');
  }
}
