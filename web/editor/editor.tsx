/** The board in edit mode: it takes the place of header and board until the changes are saved or discarded. */
import '../words/add-editor-words.js';
import './editor.css';
import type { JSX } from 'preact';
import { signal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { DashboardDefinition } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { useLeaveQuestion } from '../app/leave-question.js';
import { useShortcut } from '../app/shortcuts.js';
import { words } from '../words/locale.js';
import { AdminDialogs } from './admin-dialogs.js';
import { ArrangedBoard } from './arranged-board.js';
import { type Arranging, ArrangingContext } from './arranging.js';
import { ConflictStrip } from './conflict-strip.js';
import { Draft } from './draft.js';
import { EditingBar } from './editing-bar.js';

interface EditorProps {
  /** Definition at the beginning. */
  readonly definition: DashboardDefinition;
}

export function Editor({ definition }: EditorProps): JSX.Element {
  const { data, ui } = useBoard();
  const arranging = useMemo(
    (): Arranging => ({
      draft: new Draft(data, definition),
      chosen: signal(undefined),
      drag: signal(undefined),
      focused: signal(undefined),
      announcement: signal(''),
    }),
    // It begins once; the draft follows the definition.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [data],
  );
  const { draft } = arranging;
  useEffect(() => draft.follow(), [draft]);
  useSignalEffect(() => {
    if (draft.state.value === 'saved') ui.isEditing.value = false;
  });
  const { ask, question } = useLeaveQuestion({
    isChanged: () => draft.isUnsaved,
    save: async () => {
      await draft.save();
      return !draft.isUnsaved;
    },
    discard: () => draft.discard(),
  });
  const leave = (): void => {
    const end = (): void => void (ui.isEditing.value = false);
    if (draft.isUnsaved) ask(end);
    else end();
  };
  useShortcut('e', leave);
  useShortcut('escape', leave);
  const problem = draft.problem.value;
  return (
    <ArrangingContext.Provider value={arranging}>
      <EditingBar />
      <ConflictStrip />
      {problem !== undefined && (
        <p class="strip problem" role="alert">
          {words.value.editor.cannotSave(problem)}
        </p>
      )}
      <ArrangedBoard />
      <AdminDialogs />
      {question}
    </ArrangingContext.Provider>
  );
}
