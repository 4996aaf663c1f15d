/** What belongs to a viewer's own changes: the sheet, and the strip that undoes the last one. Nothing for readers. */
import type { JSX } from 'preact';
import { useBoard } from '../app/board-context.js';
import { Lazy } from '../app/lazy.js';

export function Changing(): JSX.Element | null {
  const { right, ui } = useBoard();
  const counter = ui.changing.value;
  const change = ui.lastChange.value;
  if (right.value === 'read') return null;
  return (
    <>
      {counter !== undefined && (
        <Lazy
          key={counter}
          load={loadChangeSheet}
          props={{ counter, onClose: () => (ui.changing.value = undefined) }}
        />
      )}
      <div role="status">{change && <Lazy load={loadUndoStrip} props={{ change }} />}</div>
    </>
  );
}

async function loadChangeSheet() {
  return (await import('./change-sheet.js')).ChangeSheet;
}

async function loadUndoStrip() {
  return (await import('./undo-strip.js')).UndoStrip;
}
