/** The strip after an own change: it offers to undo it for ten seconds, longer while it is hovered or focused. */
import './undo-strip.css';
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { formatShownNumber } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { useShortcut } from '../app/shortcuts.js';
import { Icon } from '../signs/icon.js';
import { isolate } from '../words/isolate.js';
import { Sentence } from '../words/sentence.js';
import { locale, words } from '../words/locale.js';
import { getTitle } from './change-words.js';
import { undoRevisions } from './undo-revisions.js';
import { useCountdown } from './use-countdown.js';
import type { LastChange } from './last-change.js';

/** Time for which a change can be undone from the strip, milliseconds. */
const UNDO_MS = 10_000;

export function UndoStrip({ change }: { readonly change: LastChange }): JSX.Element | null {
  const { data, changes, ui } = useBoard();
  const isHeld = useSignal(false);
  const isUndoing = useSignal(false);
  const close = (): void => {
    if (ui.lastChange.peek() === change) ui.lastChange.value = undefined;
  };
  useCountdown(UNDO_MS, isHeld.value || isUndoing.value, change, close);
  const undo = async (): Promise<void> => {
    if (isUndoing.peek()) return;
    isUndoing.value = true;
    const failure = await undoRevisions(data, change.counter, change.revisions.toReversed());
    isUndoing.value = false;
    if (failure) changes.reportFailure(failure);
    close();
  };
  useShortcut('z', () => void undo());

  const definition = data.definition.value;
  if (!definition) return null;
  const { activity, board } = words.value;
  const { counter, by, to, reason } = change;
  const format = (units: number, signed: boolean): string =>
    isolate(formatShownNumber(definition, counter, units, locale.value, { signed, withoutUnit: true }));
  const title = isolate(getTitle(definition, counter));
  const text =
    to === undefined ? activity.counted(title, format(by ?? 0, true)) : activity.wasSet(title, format(to, false));
  return (
    <div
      class="toast undo-strip"
      onMouseEnter={() => (isHeld.value = true)}
      onMouseLeave={() => (isHeld.value = false)}
      onFocusIn={() => (isHeld.value = true)}
      onFocusOut={() => (isHeld.value = false)}
    >
      <p>
        <b>
          <Sentence text={text} />
        </b>
        {reason !== '' && (
          <>
            {' '}
            <bdi class="why">{reason}</bdi>
          </>
        )}
      </p>
      <button type="button" class="button" data-look="quiet" aria-keyshortcuts="Z" onClick={() => void undo()}>
        <svg key={change.revisions.at(-1)} class="ring" viewBox="0 0 20 20" aria-hidden="true">
          <circle class="all" cx="10" cy="10" r="8" />
          <circle class="left" cx="10" cy="10" r="8" pathLength={1} style={{ animationDuration: `${UNDO_MS}ms` }} />
        </svg>
        {activity.undo} <kbd aria-hidden="true">Z</kbd>
      </button>
      <button type="button" class="button" data-look="quiet" data-icon aria-label={board.close} onClick={close}>
        <Icon name="close" />
      </button>
    </div>
  );
}
