/** Keeps what is typed for the search while its code is on its way: no key is lost, and none is taken for another. */
import { useLayoutEffect } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';

export function TypeAhead(): null {
  const { ui } = useBoard();
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const text = ui.searchText.peek();
      if (event.key === 'Escape') ui.isSearchOpen.value = false;
      else if (event.key === 'Backspace') ui.searchText.value = text.slice(0, -1);
      else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) ui.searchText.value = text + event.key;
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    addEventListener('keydown', onKeyDown, true);
    return () => removeEventListener('keydown', onKeyDown, true);
  }, [ui]);
  return null;
}
