/** One tab stop for all tiles or rows: arrows move between them, Enter opens one, plus and minus change it by one. */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { isMeasure } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { areKeysOn } from '../app/shortcuts.js';

const ITEMS = '[data-counter]';
type Direction = 'up' | 'down' | 'left' | 'right';
const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

interface RovingOptions {
  /** Opens the sheet of changes of a counter. */
  readonly onOther: (name: string) => void;
  /** False while other keys are in use, as when tiles are arranged. */
  readonly isOn?: boolean;
}

/**
 * Keeps one of the items with `data-counter` in the tab order. The items have `tabIndex={-1}` always; the one that had
 * the focus last gets 0 here, so that a move of the focus renders nothing.
 */
export function useRovingFocus(root: RefObject<HTMLElement | null>, { onOther, isOn = true }: RovingOptions): void {
  const { data, right, changes } = useBoard();
  // After each render: the item may be gone.
  useLayoutEffect(() => {
    const { current } = root;
    if (current && !current.querySelector(`${ITEMS}[tabindex="0"]`)) enter(current.querySelector<HTMLElement>(ITEMS));
  });
  useEffect(() => {
    const { current } = root;
    if (!current || !isOn) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    const isChangeable = (name: string): boolean => {
      const definition = data.definition.peek();
      return right.peek() !== 'read' && data.isLive.peek() && !!definition && !isMeasure(definition, name);
    };
    const onFocus = ({ target }: FocusEvent): void => {
      const item = target instanceof Element ? target.closest<HTMLElement>(ITEMS) : null;
      if (!item || item.tabIndex === 0) return;
      for (const other of current.querySelectorAll<HTMLElement>(`${ITEMS}[tabindex="0"]`)) other.tabIndex = -1;
      enter(item);
    };
    const onKeyDown = (event: KeyboardEvent): void => {
      const { target: item, key } = event;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (!(item instanceof HTMLElement) || !item.matches(ITEMS)) return;
      const name = item.dataset['counter'] ?? '';
      const step = key === '+' ? 1 : key === '-' || key === '−' ? -1 : 0;
      if (step !== 0 && areKeysOn.peek() && isChangeable(name)) {
        const scale = data.definition.peek()?.counters[name]?.scale ?? 0;
        void changes.change(name, { by: step * 10 ** scale });
      } else if (key === 'Enter' && isChangeable(name)) onOther(name);
      else {
        const next = findNext(current, item, key);
        if (!next) return;
        next.focus();
        next.scrollIntoView({ block: 'nearest' });
      }
      event.preventDefault();
    };
    current.addEventListener('focusin', onFocus, { signal });
    current.addEventListener('keydown', onKeyDown, { signal });
    return () => controller.abort();
  });
}

function enter(item: HTMLElement | null): void {
  if (item) item.tabIndex = 0;
}

function findNext(root: HTMLElement, item: HTMLElement, key: string): HTMLElement | undefined {
  const items = [...root.querySelectorAll<HTMLElement>(ITEMS)];
  if (key === 'Home') return items.at(0);
  if (key === 'End') return items.at(-1);
  const direction = ARROWS[key];
  if (!direction) return undefined;
  const from = item.getBoundingClientRect();
  const others = items.filter((one) => one !== item).map((one) => ({ one, box: one.getBoundingClientRect() }));
  const nearest = others
    .map(({ one, box }) => ({ one, distance: getDistance(from, box, direction) }))
    .filter(({ distance }) => distance !== undefined)
    .toSorted((a, b) => (a.distance ?? 0) - (b.distance ?? 0))
    .at(0)?.one;
  if (nearest) return nearest;
  // Beyond the end of a column or a row the next one follows.
  const isRtl = getComputedStyle(root).direction === 'rtl';
  const isOn = direction === 'down' || direction === (isRtl ? 'left' : 'right');
  const index = items.indexOf(item) + (isOn ? 1 : -1);
  return index < 0 ? undefined : items[index];
}

/** Returns the distance to an item that lies in a direction, px; undefined if it does not, or is not beside. */
function getDistance(from: DOMRect, to: DOMRect, direction: Direction): number | undefined {
  const isVertical = direction === 'up' || direction === 'down';
  const isBeside = isVertical
    ? to.left < from.right - 1 && to.right > from.left + 1
    : to.top < from.bottom - 1 && to.bottom > from.top + 1;
  const distance = {
    up: from.top - to.bottom,
    down: to.top - from.bottom,
    left: from.left - to.right,
    right: to.left - from.right,
  }[direction];
  return isBeside && distance > -2 ? distance : undefined;
}
