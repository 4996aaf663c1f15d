/** Deletes something whose name is typed. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { Sentence } from '../words/sentence.js';
import { words } from '../words/locale.js';
import { TextField } from './fields.js';

interface DeleteFieldsProps {
  /** Default: `tile-delete`. */
  readonly id?: string;
  readonly name: string;
  /** Says what goes with it, or why it cannot be deleted. */
  readonly text: string;
  readonly buttonText: string;
  readonly isAllowed: boolean;
  readonly fault: string | undefined;
  readonly onDelete: () => void;
}

export function DeleteFields(props: DeleteFieldsProps): JSX.Element {
  const { id = 'tile-delete', name, text, buttonText, isAllowed, fault, onDelete } = props;
  const typed = useSignal('');
  const { editor } = words.value;
  const isTyped = isAllowed && typed.value.trim() === name;
  return (
    <fieldset
      class="danger"
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
        // It would save the form around it.
        event.preventDefault();
        if (isTyped) onDelete();
      }}
    >
      <legend>{editor.delete}</legend>
      <p class="hint">
        <span>
          <Sentence text={text} />
        </span>
      </p>
      <div class="grid">
        <TextField
          id={id}
          label={editor.typeToDelete(name)}
          placeholder={name}
          isDisabled={!isAllowed}
          value={typed.value}
          fault={fault}
          onInput={(value) => (typed.value = value)}
        />
        <button
          type="button"
          class="button"
          data-look="danger"
          aria-disabled={!isTyped}
          onClick={() => isTyped && onDelete()}
        >
          {buttonText}
        </button>
      </div>
    </fieldset>
  );
}
