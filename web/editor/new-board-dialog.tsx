/** Makes a new board and goes there. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { replaceDefinition } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { toFragment } from '../app/page-url.js';
import { words } from '../words/locale.js';
import { Dialog } from './dialog.js';
import { TextField } from './fields.js';
import { mapRefusals } from './form-words.js';
import { toSlug } from './new-name.js';
import { toStoreFailure } from './store-definition.js';
import { getOwnZone, ZoneField } from './zone-field.js';

/** Name of a board whose title has no Latin letters. */
const FALLBACK_NAME = 'board';

interface NewBoardDialogProps {
  /** Name of the board that the viewer wanted to see. */
  readonly missing?: string | undefined;
  readonly onClose: () => void;
}

export function NewBoardDialog({ missing, onClose }: NewBoardDialogProps): JSX.Element {
  const { data, view, restart } = useBoard();
  const title = useSignal('');
  /** Follows the title until it is changed. */
  const ownName = useSignal(missing);
  const timeZone = useSignal(getOwnZone());
  const faults = useSignal<ReadonlyMap<string, string>>(new Map());
  const isBusy = useSignal(false);
  const isCreated = useRef(false);
  const { board, editor } = words.value;
  const name = ownName.value ?? (title.value.trim() === '' ? '' : toSlug(title.value) || FALLBACK_NAME);
  const create = async (): Promise<boolean> => {
    if (title.peek().trim() === '') {
      faults.value = new Map([['title', editor.faults.untitled]]);
      return false;
    }
    isBusy.value = true;
    try {
      await replaceDefinition(data.base, {
        dashboard: name,
        definition: { title: title.peek().trim(), timeZone: timeZone.peek() },
        isNew: true,
        ...data.tokenOptions,
      });
      const { theme, locale } = view.peek();
      isCreated.current = true;
      onClose();
      if (name === data.name) restart();
      else location.hash = toFragment({ dashboard: name, theme, locale });
      return true;
    } catch (error) {
      const { message, problem } = toStoreFailure(error);
      if (problem?.code === 'definition-changed') faults.value = new Map([['name', editor.boardExists]]);
      else if (problem?.status === 403) faults.value = new Map([['name', editor.mayNotCreate(name)]]);
      else if (problem?.errors?.some(({ parameter }) => parameter === 'dashboard'))
        faults.value = new Map([['name', editor.faults['malformed-name']]]);
      else faults.value = mapRefusals(problem, message, '');
    }
    isBusy.value = false;
    return false;
  };
  return (
    <Dialog
      title={board.newBoard}
      problem={faults.value.get('')}
      submitText={editor.createBoard}
      isBusy={isBusy.value}
      isNarrow
      isChanged={() =>
        !isCreated.current &&
        (title.peek().trim() !== '' || ownName.peek() !== missing || timeZone.peek() !== getOwnZone())
      }
      onSubmit={create}
      onClose={onClose}
    >
      <div class="form">
        <div class="grid">
          <TextField
            id="board-title"
            label={editor.title}
            takesFocus
            maxLength={200}
            value={title.value}
            fault={faults.value.get('title')}
            onInput={(text) => {
              title.value = text;
              faults.value = new Map();
            }}
          />
          <TextField
            id="board-name"
            label={editor.name}
            note={editor.nameNote}
            maxLength={64}
            value={name}
            fault={faults.value.get('name')}
            onInput={(text) => {
              ownName.value = text;
              faults.value = new Map();
            }}
          />
          <ZoneField
            value={timeZone.value}
            fault={faults.value.get('timeZone')}
            onInput={(zone) => {
              timeZone.value = zone;
              faults.value = new Map();
            }}
          />
        </div>
      </div>
    </Dialog>
  );
}
