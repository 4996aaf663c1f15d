/** One tab stop for all tiles, rows or buttons of a bar: arrows, Home and End move between them. */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect } from 'preact/hooks';

/** Tiles and rows. */
const COUNTERS = '[data-counter]';
type Direction = 'up' | 'down' | 'left' | 'right';
const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

/**
 * Keeps one of the items in the tab order. The items have `tabIndex={-1}` always; the one that had the focus last gets
 * 0 here, so that a move of the focus renders nothing.
 * @param items selector; tiles and rows by default
 */
export function useRovingFocus(root: RefObject<HTMLElement | null>, items = COUNTERS): void {
  // After each render: the item may be gone.
  useLayoutEffect(() => {
    const { current } = root;
    if (current && !current.querySelector(`${items}[tabindex="0"]`)) enter(current.querySelector<HTMLElement>(items));
  });
  useEffect(() => {
    const { current } = root;
    if (!current) return undefined;
    const onFocus = ({ target }: FocusEvent): void => {
      const item = target instanceof Element ? target.closest<HTMLElement>(items) : null;
      if (!item || item.tabIndex === 0) return;
      for (const other of current.querySelectorAll<HTMLElement>(`${items}[tabindex="0"]`)) other.tabIndex = -1;
      enter(item);
    };
    const onKeyDown = (event: KeyboardEvent): void => {
      const { target: item, key } = event;
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!(item instanceof HTMLElement) || !item.matches(items)) return;
      const next = findNext([...current.querySelectorAll<HTMLElement>(items)], item, key);
      if (!next) return;
      event.preventDefault();
      next.focus();
      next.scrollIntoView({ block: 'nearest' });
    };
    current.addEventListener('focusin', onFocus);
    current.addEventListener('keydown', onKeyDown);
    return () => {
      current.removeEventListener('focusin', onFocus);
      current.removeEventListener('keydown', onKeyDown);
    };
  });
}

function enter(item: HTMLElement | null): void {
  if (item) item.tabIndex = 0;
}

function findNext(items: readonly HTMLElement[], item: HTMLElement, key: string): HTMLElement | undefined {
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
  const isRtl = getComputedStyle(item).direction === 'rtl';
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
