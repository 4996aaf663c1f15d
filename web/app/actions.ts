/** What the header and its menu offer. */
import type { Signal } from '@preact/signals';
import { words } from '../words/locale.js';
import { describeError } from '../words/problem-words.js';
import { HOUR_MS } from '../words/times.js';
import type { Board } from './board-context.js';
import type { HeaderAction } from './header.js';
import type { MenuEntry } from './more-menu.js';

/** Actions of the header; those that change the board are shown only to those who may. */
export function listActions(shown: Board): HeaderAction[] {
  const { board } = words.value;
  const { setView, ui } = shown;
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
  if (!mayEdit(shown)) return actions;
  const edit = { isPressed: ui.isEditing.value, isWritten: true, onClick: toggle(ui.isEditing) };
  return [...actions, { icon: 'edit', label: board.edit, key: 'E', ...edit }];
}

/** False without the right to it, and while there is no board to edit. */
export function mayEdit({ data, right }: Pick<Board, 'data' | 'right'>): boolean {
  return right.value === 'admin' && data.definition.value !== undefined && data.status.value.state !== 'closed';
}

/**
 * Entries of the menu.
 * @param say tells the viewer what has happened
 */
export function listEntries(board: Board, say: (text: string) => void): MenuEntry[] {
  const { more, past } = words.value;
  const { data, view, setView, ui } = board;
  const download = (run: (files: typeof import('../past/downloads.js')) => Promise<void> | void) => (): void => {
    const start = async (): Promise<void> => run(await import('../past/downloads.js'));
    start().catch((error: unknown) => say(past.notDownloaded(describeError(error))));
  };
  const lookBack = (): void => setView({ at: Math.floor(data.now() / HOUR_MS) * HOUR_MS });
  return [
    ...(view.value.at === undefined
      ? [{ icon: 'clock', label: past.lookBack, key: '[', onClick: lookBack } as const]
      : []),
    { icon: 'table', label: past.chartAsCsv, key: 'D', onClick: download((files) => files.downloadChartRows(data)) },
    { icon: 'table', label: past.tilesAsCsv, onClick: download((files) => files.downloadTiles(board)) },
    { icon: 'image', label: past.chartAsPicture, onClick: download((files) => files.downloadChartImage(data)) },
    {
      icon: 'link',
      label: past.copyLink,
      key: 'S',
      onClick: download(async (files) => say((await files.copyLink(board)) ? past.copied : past.notCopied)),
    },
    ...(mayEdit(board) ? [{ icon: 'note', label: more.rules, onClick: () => (ui.rules.value = 'all') } as const] : []),
    { icon: 'print', label: more.print, key: 'P', onClick: () => print() },
    { icon: 'keys', label: more.keys, key: '?', onClick: () => (ui.areKeysShown.value = true) },
  ];
}
