/** The header while the board is edited: what is not saved, what can be added, and the way out. */
import type { JSX } from 'preact';
import { useBoard } from '../app/board-context.js';
import { Icon, type IconName } from '../signs/icon.js';
import { Logo } from '../signs/logo.js';
import { words } from '../words/locale.js';
import { useArranging } from './arranging.js';

export function EditingBar(): JSX.Element {
  const { data, ui } = useBoard();
  const { draft } = useArranging();
  const { editor } = words.value;
  const count = draft.steps.value.length;
  const isSaving = draft.state.value !== 'open';
  const leave = (): void => {
    draft.discard();
    ui.isEditing.value = false;
  };
  const note = isSaving ? editor.saving : count === 0 ? editor.noChanges : editor.changes(count);
  return (
    <header class="bar editing-bar">
      <div class="brand">
        <Logo />
        <h1 tabIndex={-1}>
          <bdi>{editor.editing(data.definition.value?.title ?? data.name)}</bdi>
        </h1>
        <p class="when" role="status">
          <span>{note}</span>
        </p>
      </div>
      {count > 0 && (
        <div class="actions">
          <IconButton icon="undo" label={editor.undo} onClick={() => draft.undo()} />
        </div>
      )}
      <span class="spacer" />
      <div class="actions adding">
        <IconButton icon="settings" label={editor.boardSettings} onClick={() => (ui.adminDialog.value = 'board')} />
        <AddButton text={editor.group} onClick={() => void draft.addGroup(editor.newGroup)} />
        <AddButton text={editor.measure} onClick={() => (ui.adminDialog.value = 'new-measure')} />
        <AddButton text={editor.counter} onClick={() => (ui.adminDialog.value = 'new-counter')} />
      </div>
      <span class="rule" />
      <div class="actions">
        <button type="button" class="button" onClick={leave}>
          {count === 0 ? editor.done : editor.discard}
        </button>
        <button
          type="button"
          class="button"
          data-look="primary"
          aria-disabled={count === 0 || isSaving}
          onClick={() => count > 0 && !isSaving && void draft.save()}
        >
          {editor.save}
        </button>
      </div>
    </header>
  );
}

interface ActionProps {
  readonly onClick: () => void;
}

function AddButton({ text, onClick }: ActionProps & { readonly text: string }): JSX.Element {
  return (
    <button type="button" class="button" data-look="quiet" onClick={onClick}>
      <Icon name="plus" />
      {text}
    </button>
  );
}

function IconButton({
  icon,
  label,
  onClick,
}: ActionProps & { readonly icon: IconName; readonly label: string }): JSX.Element {
  return (
    <button type="button" class="button" data-look="quiet" data-icon title={label} aria-label={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
