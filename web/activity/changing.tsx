/** What belongs to changes: the sheet, the strip that undoes the last one, and what is read aloud. */
import type { JSX } from 'preact';
import { useBoard } from '../app/board-context.js';
import { Lazy } from '../app/lazy.js';
import { Announcer } from './announcer.js';

export function Changing(): JSX.Element | null {
  const { right, view, ui } = useBoard();
  const counter = ui.changing.value;
  const change = ui.lastChange.value;
  // What was is not changed, and does not change.
  const isPast = view.value.at !== undefined;
  const announcer = isPast ? undefined : <Announcer />;
  // Readers change nothing.
  if (right.value === 'read') return announcer ?? null;
  return (
    <>
      {announcer}
      {counter !== undefined && !isPast && (
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
