/** The keys of the board, and the sheet that lists them. Parts of the page that are not always there add their own. */
import type { JSX } from 'preact';
import { mayEdit } from './actions.js';
import { useBoard } from './board-context.js';
import { Lazy } from './lazy.js';
import type { MenuEntry } from './more-menu.js';
import { PERIOD_KEYS } from './period-switch.js';
import { useShortcut } from './shortcuts.js';

interface KeysProps {
  /** Entries of the menu, whose keys work while it is closed. */
  readonly entries: readonly MenuEntry[];
}

export function Keys({ entries }: KeysProps): JSX.Element | null {
  const board = useBoard();
  const { view, setView, ui } = board;
  const press = (key: string) => (): void => entries.find((entry) => entry.key === key)?.onClick();
  const choose = (index: number) => (): void => setView({ period: PERIOD_KEYS[index] });
  useShortcut('1', choose(0));
  useShortcut('2', choose(1));
  useShortcut('3', choose(2));
  useShortcut('4', choose(3));
  useShortcut('5', choose(4));
  useShortcut('/', () => (ui.isSearchOpen.value = true), !ui.isSearchOpen.value);
  useShortcut('c', focusChart);
  useShortcut('a', () => (ui.isActivityOpen.value = !ui.isActivityOpen.peek()));
  useShortcut('e', () => (ui.isEditing.value = true), mayEdit(board) && !ui.isEditing.value);
  useShortcut('w', () => setView({ kiosk: true }));
  useShortcut('[', press('['), view.value.at === undefined);
  useShortcut('l', () => setView({ at: undefined }));
  useShortcut('d', press('D'));
  useShortcut('s', press('S'));
  useShortcut('p', press('P'));
  useShortcut('?', () => (ui.areKeysShown.value = true));
  if (!ui.areKeysShown.value) return null;
  return <Lazy load={loadKeySheet} props={{ onClose: () => (ui.areKeysShown.value = false) }} />;
}

async function loadKeySheet() {
  return (await import('./key-sheet.js')).KeySheet;
}

/** Moves to the chart, if it is there. */
export function focusChart(): void {
  const chart = document.querySelector<HTMLElement>('#chart');
  chart?.focus({ preventScroll: true });
  chart?.scrollIntoView({ block: 'start' });
}
