/** What the header and its menu offer. */
import type { Signal } from '@preact/signals';
import { words } from '../words/locale.js';
import type { Board } from './board-context.js';
import type { HeaderAction } from './header.js';
import type { MenuEntry } from './more-menu.js';

/** Actions of the header; those that change the board are shown to admins only. */
export function listActions({ right, setView, ui }: Board): HeaderAction[] {
  const { board } = words.value;
  const toggle = (one: Signal<boolean>) => (): void => void (one.value = !one.peek());
  const actions: HeaderAction[] = [
    { icon: 'search', label: board.search, key: '/', onClick: toggle(ui.isSearchOpen) },
    {
      icon: 'activity',
      label: board.activity,
      key: 'A',
      isPressed: ui.isActivityOpen.value,
      onClick: toggle(ui.isActivityOpen),
    },
    { icon: 'wall', label: board.wall, key: 'W', onClick: () => setView({ kiosk: true }) },
  ];
  if (right.value !== 'admin') return actions;
  const edit = { isPressed: ui.isEditing.value, isWritten: true, onClick: toggle(ui.isEditing) };
  return [...actions, { icon: 'edit', label: board.edit, key: 'E', ...edit }];
}

/** Entries of the menu. */
export function listEntries({ ui }: Board): MenuEntry[] {
  const { more } = words.value;
  return [
    { icon: 'print', label: more.print, key: 'P', onClick: () => print() },
    { icon: 'keys', label: more.keys, key: '?', onClick: () => (ui.areKeysShown.value = true) },
  ];
}
