/** A native dialog of the editor: a head with its title, a body, and a foot with buttons. */
import '../words/add-editor-words.js';
import './settings.css';
import type { ComponentChildren, JSX, RefObject } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { useLeaveQuestion } from '../app/leave-question.js';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';

interface DialogProps {
  readonly title: string;
  /** Stands behind the title: kind and name. */
  readonly note?: ComponentChildren;
  /** What is wrong with the form as a whole, or how many fields are. */
  readonly problem: string | undefined;
  readonly submitText: string;
  readonly isBusy: boolean;
  /** Returns true if something was changed: it is asked for before it is lost. */
  readonly isChanged: () => boolean;
  /** Resolves to true if it is stored; then the caller closes the dialog. */
  readonly onSubmit: () => Promise<boolean>;
  /** Called when it has been closed. */
  readonly onClose: () => void;
  readonly isNarrow?: boolean;
  readonly children: ComponentChildren;
}

/** Opens a dialog as long as the component is there. */
export function useModal(): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const { current } = dialog;
    if (!current) return undefined;
    current.showModal();
    return () => current.close();
  }, []);
  return dialog;
}

interface DialogHeadProps {
  /** Id of the title. */
  readonly id: string;
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly onClose: () => void;
  /** Stands before the title. */
  readonly children?: ComponentChildren;
}

export function DialogHead({ id, title, note, onClose, children }: DialogHeadProps): JSX.Element {
  return (
    <header>
      {children}
      <h2 id={id}>
        <bdi>{title}</bdi>
      </h2>
      {note !== undefined && <p class="name">{note}</p>}
      <span class="spacer" />
      <button
        type="button"
        class="button"
        data-look="quiet"
        data-icon
        aria-label={words.value.editor.close}
        onClick={onClose}
      >
        <Icon name="close" />
      </button>
    </header>
  );
}

export function Dialog(props: DialogProps): JSX.Element {
  const { title, note, problem, submitText, isBusy, isChanged, onSubmit, onClose, isNarrow = false, children } = props;
  const dialog = useModal();
  const id = useId();
  const { editor } = words.value;
  const close = (): void => dialog.current?.close();
  /** True once the work is stored or discarded. */
  const isDone = useRef(false);
  const submit = async (): Promise<boolean> => {
    const isStored = await onSubmit();
    isDone.current ||= isStored;
    return isStored;
  };
  const { ask, question } = useLeaveQuestion({
    isChanged: () => isChanged() && !isDone.current,
    save: submit,
    discard: () => {
      isDone.current = true;
      close();
    },
  });
  const askIfChanged = (event: Event): void => {
    if (!isChanged()) return;
    event.preventDefault();
    ask(close);
  };
  return (
    <dialog
      ref={dialog}
      class="settings-dialog"
      aria-labelledby={id}
      onClose={onClose}
      // Browsers send no `cancel` for a second Esc in a row.
      onKeyDown={(event) => event.key === 'Escape' && askIfChanged(event)}
      onCancel={(event) => event.target === event.currentTarget && askIfChanged(event)}
      {...(isNarrow && { 'data-narrow': '' })}
    >
      <form
        class="settings"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void submit();
        }}
      >
        <DialogHead id={id} title={title} note={note} onClose={() => (isChanged() ? ask(close) : close())} />
        <div class="body">{children}</div>
        <footer>
          <p class="problem" role="status">
            {problem}
          </p>
          <span class="spacer" />
          <button type="button" class="button" onClick={close}>
            {editor.cancel}
          </button>
          <button type="submit" class="button" data-look="primary" aria-busy={isBusy}>
            {submitText}
          </button>
        </footer>
      </form>
      {question}
    </dialog>
  );
}
