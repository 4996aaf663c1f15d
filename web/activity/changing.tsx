/** What belongs to changes: the sheet, the strip that undoes the last one, and what is read aloud. */
import type { JSX } from 'preact';
import { useBoard } from '../app/board-context.js';
import { Lazy } from '../app/lazy.js';

export function Changing(): JSX.Element {
  const { right, ui } = useBoard();
  const counter = ui.changing.value;
  const change = ui.lastChange.value;
  const announcer = <Lazy load={loadAnnouncer} props={{}} />;
  // Readers change nothing.
  if (right.value === 'read') return announcer;
  return (
    <>
      {announcer}
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

async function loadAnnouncer() {
  return (await import('./announcer.js')).Announcer;
}
