/** A counter or a measure on the board: its number, target, recent changes, and buttons to change it. */
import { createElement, setAttributes, setText } from './element.js';
import { NO_NUMBER } from '../../src/measures/shown-number.js';
import type { LevelText, TargetText } from '../data/headline.js';
import { Sparkline } from '../chart/sparkline.js';
import { TileGoal } from './tile-goal.js';

const HIGHLIGHT_MS = 900;
/** Smallest number of characters that a value has room for, so that most values have the same size. */
const MIN_CHARACTERS = 7;

const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

/** Definition of a tile in words. */
interface TileHead {
  readonly title: string;
  /** Period of the number; empty for a value. */
  readonly of: string;
  /** False for a measure: it cannot be changed. */
  readonly isChangeable: boolean;
  /** False without totals: gauges and measures show no movement. */
  readonly hasMovement: boolean;
}

/** The number of a tile and what depends on it. */
interface TileNumber {
  /** Undefined until known; null if there is none. */
  readonly number: number | null | undefined;
  readonly text: string;
  /** True while a change of this viewer has no response. */
  readonly isPending: boolean;
  readonly level: LevelText | undefined;
  readonly target: TargetText | undefined;
}

/** An amount with its text. */
interface Amount {
  readonly amount: number;
  readonly text: string;
}

/** Recent changes of a counter; undefined until known. */
interface TileMovement {
  readonly perMinute: Amount | undefined;
  readonly today: { readonly added: Amount; readonly removed: Amount } | undefined;
}

export class Tile {
  readonly #title = createElement('h2');
  readonly #of = createElement('span', { class: 'of' });
  readonly #value = createElement('p', { class: 'value' }, NO_NUMBER);
  readonly #rate = createElement('span', { class: 'rate' }, '–');
  readonly #added = createElement('span', { class: 'added' }, '–');
  readonly #removed = createElement('span', { class: 'removed' }, '–');
  readonly #goal = new TileGoal();
  readonly #movement: HTMLElement;
  readonly #today = createElement(
    'p',
    {},
    createElement('span', { class: 'unit' }, 'Today '),
    this.#added,
    ' ',
    this.#removed,
  );
  readonly #sparkline = new Sparkline();
  readonly #remove = createElement('button', { type: 'button', class: 'step' }, '−');
  readonly #add = createElement('button', { type: 'button', class: 'step' }, '+');
  readonly #steps = createElement('div', { class: 'steps' }, this.#remove, this.#add);
  readonly root: HTMLElement;
  #shown: number | null | undefined;
  #highlightAnimation: Animation | undefined;

  constructor(counter: string, onChange: (by: 1 | -1) => void) {
    this.#remove.addEventListener('click', () => onChange(-1));
    this.#add.addEventListener('click', () => onChange(1));
    this.#movement = createElement(
      'div',
      { class: 'movement' },
      createElement('p', {}, this.#rate, createElement('span', { class: 'unit' }, ' / min')),
      this.#today,
    );
    this.root = createElement(
      'article',
      { class: 'tile', 'data-counter': counter },
      createElement('header', {}, this.#title, this.#of, this.#steps),
      this.#value,
      this.#goal.root,
      this.#movement,
      this.#sparkline.root,
    );
  }

  showHead({ title, of, isChangeable, hasMovement }: TileHead): void {
    setText(this.#title, title);
    setAttributes(this.#title, { title });
    setText(this.#of, of);
    // The viewer's own day may be another one than that of the dashboard.
    this.#today.hidden = of !== '';
    setAttributes(this.#remove, { 'aria-label': `Remove one from ${title}` });
    setAttributes(this.#add, { 'aria-label': `Add one to ${title}` });
    this.#steps.hidden = !isChangeable;
    this.#movement.hidden = !hasMovement;
    setAttributes(this.#sparkline.root, { hidden: !hasMovement });
  }

  showNumber({ number, text, isPending, level, target }: TileNumber): void {
    setAttributes(this.root, { 'aria-busy': isPending });
    this.#goal.show(level, target);
    setText(this.#value, text);
    this.#value.style.setProperty('--characters', String(Math.max(MIN_CHARACTERS, text.length)));
    if (number === this.#shown) return;
    setAttributes(this.#value, { 'data-value': number ?? undefined });
    if (this.#shown !== undefined) this.#highlightValue();
    this.#shown = number;
  }

  showMovement({ perMinute, today }: TileMovement): void {
    setText(this.#rate, perMinute?.text ?? NO_NUMBER);
    setAttributes(this.#rate, { 'data-per-minute': perMinute?.amount });
    setText(this.#added, today ? `+${today.added.text}` : NO_NUMBER);
    setAttributes(this.#added, { 'data-added': today?.added.amount });
    setText(this.#removed, today ? `−${today.removed.text}` : '');
    setAttributes(this.#removed, { 'data-removed': today?.removed.amount });
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
