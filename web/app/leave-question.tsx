/** The question before unsaved work is lost: save it, discard it, or stay. */
import './leave-question.css';
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { words } from '../words/locale.js';
import { registerUnsavedWork } from './unsaved-work.js';

interface LeaveOptions {
  readonly isChanged: () => boolean;
  /** Resolves to true if the work is saved. Undefined where leaving does not offer it. */
  readonly save?: () => Promise<boolean>;
  readonly discard: () => void;
}

/**
 * Guards unsaved work while the component is there.
 * @returns `ask` asks and then goes on, `question` is to be shown
 */
export function useLeaveQuestion(options: LeaveOptions): {
  readonly ask: (go: () => void) => void;
  readonly question: JSX.Element | undefined;
} {
  const going = useSignal<{ readonly go: () => void } | undefined>(undefined);
  const latest = useRef(options);
  latest.current = options;
  const ask = (go: () => void): void => void (going.value = { go });
  useEffect(() => registerUnsavedWork({ isChanged: () => latest.current.isChanged(), ask }), []);
  const stay = (): void => void (going.value = undefined);
  const { go } = going.value ?? {};
  const { save, discard } = options;
  const question = go && (
    <LeaveQuestion
      onStay={stay}
      onDiscard={() => {
        stay();
        discard();
        go();
      }}
      onSave={
        save &&
        (async () => {
          stay();
          if (await save()) go();
        })
      }
    />
  );
  return { ask, question };
}

interface LeaveQuestionProps {
  readonly onStay: () => void;
  readonly onDiscard: () => void;
  readonly onSave: (() => Promise<void>) | undefined;
}

function LeaveQuestion({ onStay, onDiscard, onSave }: LeaveQuestionProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  // At once: Esc must not find the dialog below in front of the question. Closing gives the focus back.
  useLayoutEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  const { leave } = words.value;
  return (
    <dialog
      ref={dialog}
      class="leave-question"
      role="alertdialog"
      aria-labelledby="leave-title"
      aria-describedby="leave-text"
      // The event is late: by then the question may have been asked again, by another element.
      onClose={(event) => event.currentTarget.isConnected && onStay()}
      // The dialog below must not take Esc for its own. It is asked again by the next Esc, however soon.
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key !== 'Escape') return;
        event.preventDefault();
        onStay();
      }}
    >
      <h2 id="leave-title">{leave.title}</h2>
      <p id="leave-text">{leave.text}</p>
      <div class="buttons">
        <button type="button" class="button" autofocus onClick={onStay}>
          {leave.stay}
        </button>
        <button type="button" class="button" onClick={onDiscard}>
          {leave.discard}
        </button>
        {onSave && (
          <button type="button" class="button" data-look="primary" onClick={() => void onSave()}>
            {leave.save}
          </button>
        )}
      </div>
    </dialog>
  );
}
