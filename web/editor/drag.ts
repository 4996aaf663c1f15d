/** Dragging tiles and groups with the pointer: a copy follows it, and a gap shows where the thing will be. */
import { useEffect } from 'preact/hooks';
import { direction } from '../words/locale.js';
import type { Step } from './arrangement.js';
import { type Arranging, type Drag, useArranging } from './arranging.js';

/** A pointer that moves less does not drag but choose, CSS pixels. */
const MIN_DISTANCE = 5;
/** Near the edges of the window the board scrolls: width of the zone and step in a frame, CSS pixels. */
const [SCROLL_ZONE, SCROLL_STEP] = [56, 12];
/** Controls that the pointer uses for themselves. */
const CONTROLS = '.tools, input, select, a, button:not(.grip)';

/**
 * Returns the handler that begins to drag what the pointer is pressed on.
 * @param onTap called if the pointer is released without having moved
 */
export function useDragStart(kind: Drag['kind'], id: string, onTap?: () => void): (event: PointerEvent) => void {
  const arranging = useArranging();
  return (event) => {
    const { target, currentTarget, pointerType, button, clientX, clientY } = event;
    if (button !== 0 || !(target instanceof Element) || !(currentTarget instanceof HTMLElement)) return;
    const grip = target.closest('.grip');
    if (!grip && target.closest(CONTROLS)) return;
    if (kind === 'group' && !grip) return;
    const box = currentTarget.getBoundingClientRect();
    const [dx, dy] = [clientX - box.left, clientY - box.top];
    // A finger anywhere else scrolls the page.
    const canDrag = pointerType === 'mouse' || grip !== null;
    let isDragging = false;
    const onMove = (move: PointerEvent): void => {
      if (move.pointerId !== event.pointerId) return;
      if (!isDragging && Math.hypot(move.clientX - clientX, move.clientY - clientY) < MIN_DISTANCE) return;
      // It may have been put back by Esc.
      if (!canDrag || (isDragging && !arranging.drag.peek())) return stop();
      isDragging = true;
      move.preventDefault();
      const { width, height } = box;
      const [left, top] = [move.clientX - dx, move.clientY - dy];
      arranging.drag.value = { kind, id, left, top, width, height, pointerTop: move.clientY };
      followPointer(arranging, kind, id, move);
    };
    const onUp = (up: PointerEvent): void => {
      if (up.pointerId !== event.pointerId) return;
      stop();
      if (!isDragging) onTap?.();
      else if (up.type === 'pointerup') drop(arranging);
      else cancelDrag(arranging);
    };
    const stop = (): void => {
      removeEventListener('pointermove', onMove);
      removeEventListener('pointerup', onUp);
      removeEventListener('pointercancel', onUp);
    };
    addEventListener('pointermove', onMove);
    addEventListener('pointerup', onUp);
    addEventListener('pointercancel', onUp);
  };
}

/** While something is dragged, Esc puts it back and the board scrolls at its edges. */
export function useDragging(): void {
  const arranging = useArranging();
  const { drag } = arranging;
  const isDragging = drag.value !== undefined;
  useEffect(() => {
    if (!isDragging) return undefined;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      cancelDrag(arranging);
    };
    let frame = 0;
    const scroll = (): void => {
      const { pointerTop = SCROLL_ZONE } = drag.peek() ?? {};
      if (pointerTop < SCROLL_ZONE) scrollBy(0, -SCROLL_STEP);
      else if (pointerTop > innerHeight - SCROLL_ZONE) scrollBy(0, SCROLL_STEP);
      frame = requestAnimationFrame(scroll);
    };
    scroll();
    addEventListener('keydown', onKeyDown, true);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('keydown', onKeyDown, true);
    };
  }, [isDragging, arranging, drag]);
}

function drop(arranging: Arranging): void {
  // A drag that was cancelled by Esc ends with the release of the pointer too.
  if (arranging.drag.peek()) arranging.draft.putDown();
  arranging.drag.value = undefined;
}

function cancelDrag({ draft, drag }: Arranging): void {
  draft.picked.value = undefined;
  drag.value = undefined;
}

function followPointer({ draft }: Arranging, kind: Drag['kind'], id: string, pointer: PointerEvent): void {
  const under = document.elementFromPoint(pointer.clientX, pointer.clientY);
  const step = kind === 'tile' ? findTileStep(id, under, pointer) : findGroupStep(id, pointer);
  if (!draft.picked.peek()) draft.picked.value = { id, step: undefined };
  if (step) draft.carry(step);
}

/** Returns the step that moves a tile to the place under the pointer; undefined if it is there, or over nothing. */
function findTileStep(show: string, under: Element | null, pointer: PointerEvent): Step | undefined {
  const tile = under?.closest<HTMLElement>('[data-arranged]');
  const section = under?.closest<HTMLElement>('[data-group-section]');
  const group = section?.dataset['groupSection'];
  if (group === undefined || !section) return undefined;
  if (!tile) {
    // Over a group without being over a tile: behind its last one, unless it is in there already.
    const hasIt = section.querySelector(`[data-arranged="${CSS.escape(show)}"]`) !== null;
    return hasIt ? undefined : { kind: 'move', show, group, before: undefined };
  }
  const other = tile.dataset['arranged'];
  if (other === undefined || other === show) return undefined;
  const { left, width } = tile.getBoundingClientRect();
  const isInFirstHalf = pointer.clientX < left + width / 2 === (direction.peek() === 'ltr');
  if (isInFirstHalf) return { kind: 'move', show, group, before: other };
  const names = [...section.querySelectorAll<HTMLElement>('[data-arranged]')]
    .map(({ dataset }) => dataset['arranged'])
    .filter((name) => name !== show);
  return { kind: 'move', show, group, before: names[names.indexOf(other) + 1] };
}

/** Groups stand one below the other: the pointer is before the first one whose middle lies below it. */
function findGroupStep(id: string, { clientY }: PointerEvent): Step {
  const sections = [...document.querySelectorAll<HTMLElement>('[data-group-section]')];
  const next = sections.find((section) => {
    const { top, height } = section.getBoundingClientRect();
    return section.dataset['groupSection'] !== id && clientY < top + height / 2;
  });
  return { kind: 'move-group', group: id, before: next?.dataset['groupSection'] };
}
