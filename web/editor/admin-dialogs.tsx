/** The dialogs of admins: at most one is open. */
import type { JSX } from 'preact';
import { useBoard } from '../app/board-context.js';
import { BoardDialog } from './board-dialog.js';
import { NewBoardDialog } from './new-board-dialog.js';
import { SettingsDialog } from './settings-dialog.js';

export function AdminDialogs(): JSX.Element | null {
  const { data, ui } = useBoard();
  const definition = data.definition.value;
  const name = ui.configuring.value;
  const dialog = ui.adminDialog.value;
  const close = (): void => {
    ui.configuring.value = undefined;
    ui.adminDialog.value = undefined;
  };
  if (dialog === 'new-board' || dialog === 'missing-board')
    return <NewBoardDialog key={dialog} missing={dialog === 'missing-board' ? data.name : undefined} onClose={close} />;
  if (!definition) return null;
  if (name !== undefined)
    return <SettingsDialog key={name} definition={definition} subject={{ name }} onClose={close} />;
  if (dialog === 'new-counter')
    return <SettingsDialog key={dialog} definition={definition} subject={{ make: 'counter' }} onClose={close} />;
  if (dialog === 'new-measure')
    return <SettingsDialog key={dialog} definition={definition} subject={{ make: 'measure' }} onClose={close} />;
  if (dialog === 'board') return <BoardDialog definition={definition} onClose={close} />;
  return null;
}
