/** A counter on the board: its value, recent changes, and buttons to change it. */
import { createElement, setAttributes, setText } from './element.js';
import { formatSigned, formatInteger } from './formatting.js';
import type { RunningTotals } from '../data/series.js';
import { Sparkline } from '../chart/sparkline.js';

const HIGHLIGHT_MS = 900;
/** Smallest number of characters that a value has room for, so that most values have the same size. */
const MIN_CHARACTERS = 7;

const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

/** Recent changes of a counter; undefined until known. */
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

  /** @param isPending true while a change of this viewer has no response */
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

  /** @param values the last hour, oldest first; null if unknown */
  showHistory(values: readonly (number | null)[]): void {
    this.#sparkline.show(values);
  }

  disableChanges(reason: string): void {
    for (const button of [this.#remove, this.#add]) {
      button.disabled = true;
      setAttributes(button, { title: reason });
    }
  }

  /** Highlights the value. A running highlight is not restarted, so that many changes per second do not flicker. */
  #highlightValue(): void {
    if (reducedMotion.matches || this.#highlightAnimation?.playState === 'running') return;
    const glow = getComputedStyle(this.root).getPropertyValue('--glow');
    this.#highlightAnimation = this.#value.animate([{ backgroundColor: glow }, { backgroundColor: 'transparent' }], {
      duration: HIGHLIGHT_MS,
      easing: 'ease-out',
    });
  }
}
