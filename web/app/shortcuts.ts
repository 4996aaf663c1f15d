/** Keys of the page. They rest while somebody types, and while a dialog or a menu is open. */
import { type Signal, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** False if the viewer has switched the keys off; kept for the tab's next visits. */
export const areKeysOn: Signal<boolean> = signal(true);

const TYPING = 'input:not([type=radio], [type=checkbox], [type=range]), textarea, select, [contenteditable]';

/**
 * Calls a function when a key is pressed.
 * @param key `KeyboardEvent.key`, letters in lower case
 */
export function useShortcut(key: string, onPress: (event: KeyboardEvent) => void, isOn = true): void {
  useEffect(() => {
    if (!isOn) return undefined;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (!areKeysOn.peek() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const { target } = event;
      if (target instanceof Element && target.closest(TYPING)) return;
      if (document.querySelector('dialog[open], [popover]:popover-open') && event.key !== 'Escape') return;
      if (event.key.toLowerCase() !== key) return;
      event.preventDefault();
      onPress(event);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [key, onPress, isOn]);
}
