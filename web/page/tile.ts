/** One counter on the board: its number, how it moves, and the buttons that change it. */
import { element, setAttributes, setText } from './element.js';
import { asChange, asWhole } from './formatting.js';
import type { Totals } from '../data/series.js';
import { Sparkline } from '../chart/sparkline.js';

/** How long a change stays highlighted, milliseconds. */
const HIGHLIGHT_MS = 900;
/** Fewest characters that a number has room for, so that most numbers are of one size. */
const LEAST_CHARACTERS = 7;

const stillness = matchMedia('(prefers-reduced-motion: reduce)');

/** What a tile shows beside its value; undefined is what is not known yet. */
export interface Movement {
  readonly perMinute: number | undefined;
  readonly today: Totals | undefined;
}

export class Tile {
  readonly #title = element('h2');
  readonly #value = element('p', { class: 'value' }, '–');
  readonly #rate = element('span', { class: 'rate' }, '–');
  readonly #added = element('span', { class: 'added' }, '–');
  readonly #removed = element('span', { class: 'removed' }, '–');
  readonly #spark = new Sparkline();
  readonly #remove = element('button', { type: 'button', class: 'step' }, '−');
  readonly #add = element('button', { type: 'button', class: 'step' }, '+');
  readonly root: HTMLElement;
  #shown: number | undefined;
  #highlight: Animation | undefined;

  /** @param onStep is told by how much the viewer wants to change the counter */
  constructor(counter: string, onStep: (by: 1 | -1) => void) {
    this.#remove.addEventListener('click', () => onStep(-1));
    this.#add.addEventListener('click', () => onStep(1));
    this.root = element(
      'article',
      { class: 'tile', 'data-counter': counter },
      element('header', {}, this.#title, element('div', { class: 'steps' }, this.#remove, this.#add)),
      this.#value,
      element(
        'div',
        { class: 'movement' },
        element('p', {}, this.#rate, element('span', { class: 'unit' }, ' / min')),
        element('p', {}, element('span', { class: 'unit' }, 'Today '), this.#added, ' ', this.#removed),
      ),
      this.#spark.root,
    );
  }

  name(title: string): void {
    setText(this.#title, title);
    setAttributes(this.#title, { title });
    setAttributes(this.#remove, { 'aria-label': `Remove one from ${title}` });
    setAttributes(this.#add, { 'aria-label': `Add one to ${title}` });
  }

  /** @param isWaiting whether a change of this viewer is on its way */
  show(value: number | undefined, isWaiting: boolean): void {
    setAttributes(this.root, { 'aria-busy': isWaiting });
    if (value === undefined || value === this.#shown) return;
    const text = asWhole(value);
    setText(this.#value, text);
    setAttributes(this.#value, { 'data-value': value });
    this.#value.style.setProperty('--characters', String(Math.max(LEAST_CHARACTERS, text.length)));
    if (this.#shown !== undefined) this.#light();
    this.#shown = value;
  }

  move({ perMinute, today }: Movement): void {
    setText(this.#rate, perMinute === undefined ? '–' : asChange(perMinute));
    setAttributes(this.#rate, { 'data-per-minute': perMinute });
    setText(this.#added, today ? `+${asWhole(today.added)}` : '–');
    setAttributes(this.#added, { 'data-added': today?.added });
    setText(this.#removed, today ? `−${asWhole(today.removed)}` : '');
    setAttributes(this.#removed, { 'data-removed': today?.removed });
  }

  /** @param values of the last hour, oldest first */
  draw(values: readonly (number | null)[]): void {
    this.#spark.show(values);
  }

  /** The viewer may not change the counter. */
  forbid(reason: string): void {
    for (const button of [this.#remove, this.#add]) {
      button.disabled = true;
      setAttributes(button, { title: reason });
    }
  }

  /** A highlight that is on stays as it is: many changes a second glow, they do not flicker. */
  #light(): void {
    if (stillness.matches || this.#highlight?.playState === 'running') return;
    const glow = getComputedStyle(this.root).getPropertyValue('--glow');
    this.#highlight = this.#value.animate([{ backgroundColor: glow }, { backgroundColor: 'transparent' }], {
      duration: HIGHLIGHT_MS,
      easing: 'ease-out',
    });
  }
}
