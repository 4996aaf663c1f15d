/** What follows from a viewer's own changes: the sheet for them. Nothing for readers. */
import type { JSX } from 'preact';
import { useBoard } from '../app/board-context.js';
import { Lazy } from '../app/lazy.js';

export function Changing(): JSX.Element | null {
  const { right, ui } = useBoard();
  const counter = ui.changing.value;
  if (right.value === 'read' || counter === undefined) return null;
  return (
    <Lazy key={counter} load={loadChangeSheet} props={{ counter, onClose: () => (ui.changing.value = undefined) }} />
  );
}

async function loadChangeSheet() {
  return (await import('./change-sheet.js')).ChangeSheet;
}
