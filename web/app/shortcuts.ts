/** Keys of the page. They rest while somebody types, and while a dialog or a menu is open. */
import { effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

const STORAGE_KEY = 'tallyboard-keys';

/** False if the viewer has switched the keys off; kept for the browser's next visits. */
export const areKeysOn = signal(readStored() !== 'off');
effect(() => store(areKeysOn.value ? '' : 'off'));

const TYPING = 'input:not([type=radio], [type=checkbox], [type=range]), textarea, select, [contenteditable]';

/**
 * Calls a function when a key is pressed.
 * @param key `KeyboardEvent.key`, letters in lower case
 */
export function useShortcut(key: string, onPress: (event: KeyboardEvent) => void, isOn = true): void {
  useEffect(() => {
    if (!isOn) return undefined;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (!areKeysOn.peek() && key.length === 1) return;
      if (event.defaultPrevented || hasModifier(event)) return;
      const { target } = event;
      if (target instanceof Element && target.closest(TYPING)) return;
      if (document.querySelector('dialog[open], [popover]:popover-open')) return;
      if (event.key.toLowerCase() !== key) return;
      event.preventDefault();
      onPress(event);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [key, onPress, isOn]);
}

/** Some keyboards write brackets with AltGr, which counts as Control and Alt. */
function hasModifier(event: KeyboardEvent): boolean {
  return !event.getModifierState('AltGraph') && (event.ctrlKey || event.metaKey || event.altKey);
}

/** A page in a frame of another site may have no storage. */
function readStored(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

function store(value: string): void {
  try {
    if (value === '') localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, value);
  } catch {
    // The choice lasts until the page is left.
  }
}
