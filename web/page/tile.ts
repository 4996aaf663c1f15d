/** One counter on the board: its number, how it moves, and the buttons that change it. */
import { createElement, setAttributes, setText } from './element.js';
import { formatSigned, formatInteger } from './formatting.js';
import type { RunningTotals } from '../data/series.js';
import { Sparkline } from '../chart/sparkline.js';

/** How long a change stays highlighted, milliseconds. */
const HIGHLIGHT_MS = 900;
/** Fewest characters that a number has room for, so that most numbers are of one size. */
const MIN_CHARACTERS = 7;

const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

/** What a tile shows beside its value; undefined is what is not known yet. */
interface TileMovement {
  readonly perMinute: number | undefined;
  readonly today: RunningTotals | undefined;
}

export class Tile {
  readonly #title = createElement('h2');
  readonly #value = createElement('p', { class: 'value' }, '–');
  readonly #rate = createElement('span', { class: 'rate' }, '–');
  readonly #added = createElement('span', { class: 'added' }, '–');
  readonly #removed = createElement('span', { class: 'removed' }, '–');
  readonly #sparkline = new Sparkline();
  readonly #remove = createElement('button', { type: 'button', class: 'step' }, '−');
  readonly #add = createElement('button', { type: 'button', class: 'step' }, '+');
  readonly root: HTMLElement;
  #shownValue: number | undefined;
  #highlightAnimation: Animation | undefined;

  /** @param onChange is told by how much the viewer wants to change the counter */
  constructor(counter: string, onChange: (by: 1 | -1) => void) {
    this.#remove.addEventListener('click', () => onChange(-1));
    this.#add.addEventListener('click', () => onChange(1));
    this.root = createElement(
      'article',
      { class: 'tile', 'data-counter': counter },
      createElement('header', {}, this.#title, createElement('div', { class: 'steps' }, this.#remove, this.#add)),
      this.#value,
      createElement(
        'div',
        { class: 'movement' },
        createElement('p', {}, this.#rate, createElement('span', { class: 'unit' }, ' / min')),
        createElement('p', {}, createElement('span', { class: 'unit' }, 'Today '), this.#added, ' ', this.#removed),
      ),
      this.#sparkline.root,
    );
  }

  setTitle(title: string): void {
    setText(this.#title, title);
    setAttributes(this.#title, { title });
    setAttributes(this.#remove, { 'aria-label': `Remove one from ${title}` });
    setAttributes(this.#add, { 'aria-label': `Add one to ${title}` });
  }

  /** @param isPending whether a change of this viewer is on its way */
  showValue(value: number | undefined, isPending: boolean): void {
    setAttributes(this.root, { 'aria-busy': isPending });
    if (value === undefined || value === this.#shownValue) return;
    const text = formatInteger(value);
    setText(this.#value, text);
    setAttributes(this.#value, { 'data-value': value });
    this.#value.style.setProperty('--characters', String(Math.max(MIN_CHARACTERS, text.length)));
    if (this.#shownValue !== undefined) this.#highlightValue();
    this.#shownValue = value;
  }

  showMovement({ perMinute, today }: TileMovement): void {
    setText(this.#rate, perMinute === undefined ? '–' : formatSigned(perMinute));
    setAttributes(this.#rate, { 'data-per-minute': perMinute });
    setText(this.#added, today ? `+${formatInteger(today.added)}` : '–');
    setAttributes(this.#added, { 'data-added': today?.added });
    setText(this.#removed, today ? `−${formatInteger(today.removed)}` : '');
    setAttributes(this.#removed, { 'data-removed': today?.removed });
  }

  /** @param values of the last hour, oldest first */
  showHistory(values: readonly (number | null)[]): void {
    this.#sparkline.show(values);
  }

  /** The viewer may not change the counter. */
  disableChanges(reason: string): void {
    for (const button of [this.#remove, this.#add]) {
      button.disabled = true;
      setAttributes(button, { title: reason });
    }
  }

  /** A highlight that is on stays as it is: many changes a second glow, they do not flicker. */
  #highlightValue(): void {
    if (reducedMotion.matches || this.#highlightAnimation?.playState === 'running') return;
    const glow = getComputedStyle(this.root).getPropertyValue('--glow');
    this.#highlightAnimation = this.#value.animate([{ backgroundColor: glow }, { backgroundColor: 'transparent' }], {
      duration: HIGHLIGHT_MS,
      easing: 'ease-out',
    });
  }
}
