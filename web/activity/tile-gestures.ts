/** Gestures on a tile that change its counter: a tap and Enter open the sheet, + and − change it by one. */
import { areKeysOn } from '../app/shortcuts.js';

/** Keys that change by one, with their sign. `=` is the key of + on many keyboards. */
const STEP_KEYS: Readonly<Record<string, 1 | -1>> = { '+': 1, '=': 1, '-': -1, '\u2212': -1 };

interface TileGestures {
  readonly onClick: (event: MouseEvent) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** @param onOpen opens the sheet @param onStep changes the counter by one as it is read */
export function listenForChanges(onOpen: () => void, onStep: (direction: 1 | -1) => void): TileGestures {
  return {
    onClick: (event) => {
      const { target } = event;
      const isControl = target instanceof Element && target.closest('button, a, input') !== null;
      if (!isControl && isByTouch(event)) onOpen();
    },
    onKeyDown: (event) => {
      if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
      const direction = STEP_KEYS[event.key];
      if (event.key === 'Enter') onOpen();
      else if (direction !== undefined && areKeysOn.peek()) onStep(direction);
      else return;
      event.preventDefault();
    },
  };
}

/** On touch nothing hovers, so that the buttons of a tile do not show. */
function isByTouch(event: MouseEvent): boolean {
  const pointerType = event instanceof PointerEvent ? event.pointerType : '';
  return pointerType === 'touch' || (pointerType !== 'mouse' && matchMedia('(pointer: coarse)').matches);
}
