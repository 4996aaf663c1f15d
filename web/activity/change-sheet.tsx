/** The sheet that changes a counter: by an amount or to a value, with a reason. It shows the result beforehand. */
import './change-sheet.css';
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { formatNumber } from '../../src/measures/format.js';
import { formatShownNumber, getReading } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { useLeaveQuestion } from '../app/leave-question.js';
import { SeriesMark } from '../signs/series-mark.js';
import { isGauge, listSlots } from '../tile/shown-tile.js';
import { Sentence } from '../words/sentence.js';
import { locale, words } from '../words/locale.js';
import { AmountField } from './amount-field.js';
import { ChangeAttempt } from './change-attempt.js';
import { ChangePreview } from './change-preview.js';
import { describeAway, describeFailure, describeFault, getMin, getTitle } from './change-words.js';
import { CHANGE_WAYS, type ChangeWay, planChange, stepTyped } from './planned-change.js';

/** Longest reason that the service takes, UTF-16 code units. */
const MAX_REASON_LENGTH = 500;

interface ChangeSheetProps {
  readonly counter: string;
  readonly onClose: () => void;
}

export function ChangeSheet({ counter, onClose }: ChangeSheetProps): JSX.Element | null {
  const board = useBoard();
  const { data, changes } = board;
  const definition = data.definition.value;
  const dialog = useRef<HTMLDialogElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const isSetFirst = definition !== undefined && isGauge(definition, counter);
  const reading = definition ? getReading(definition, counter) : { scale: 0 };
  const value = (data.getNumbers(counter).value.total ?? 0) + changes.getOffset(counter).value;
  const write = (units: number): string => formatNumber(units, { scale: reading.scale }, locale.value);
  const step = 10 ** reading.scale;
  const way = useSignal<ChangeWay>(isSetFirst ? 'set' : 'add');
  const text = useSignal(write(isSetFirst ? value : step));
  const reason = useSignal('');
  /** True once the viewer has typed or sent: before, nothing is wrong. */
  const isTouched = useSignal(false);
  const isSending = useSignal(false);
  const refusal = useSignal('');
  const attempt = useRef(new ChangeAttempt());
  const slots = useMemo(() => (definition ? listSlots(definition) : new Map()), [definition]);
  useEffect(() => {
    const { current } = dialog;
    if (!current) return undefined;
    current.showModal();
    if (matchMedia('(pointer: fine)').matches) input.current?.select();
    return () => current.close();
  }, []);
  // An amount is soon typed again, a reason is not.
  const isReasoned = (): boolean => reason.peek().trim() !== '' && dialog.current?.open === true;
  const { ask, question } = useLeaveQuestion({
    isChanged: isReasoned,
    discard: () => {
      reason.value = '';
      dialog.current?.close();
    },
  });
  const leave = (event: Event): void => {
    event.preventDefault();
    if (isReasoned()) ask(() => undefined);
    else dialog.current?.close();
  };
  if (!definition) return null;

  const { activity } = words.value;
  const title = getTitle(definition, counter);
  const changed = { value, min: getMin(definition, counter), reading };
  const plan = planChange(way.value, text.value, changed, locale.value);
  const away = data.isLive.value ? undefined : describeAway(data.status.value, definition);
  const isPlanned = !('fault' in plan);
  const isWrong = !isPlanned && (isTouched.value || plan.fault === 'too-few');
  const fault = isWrong
    ? describeFault(plan.fault, { definition, name: counter, value }, text.value, plan.typed)
    : refusal.value;
  const mayBeNegative = way.value === 'set' && (changed.min === null || changed.min < 0);

  const type = (typed: string): void => {
    text.value = typed;
    refusal.value = '';
    isTouched.value = true;
  };
  const choose = (chosen: ChangeWay): void => {
    // An amount is no value: the other field begins anew.
    if ((chosen === 'set') !== (way.peek() === 'set')) text.value = write(chosen === 'set' ? value : step);
    way.value = chosen;
    refusal.value = '';
    isTouched.value = false;
  };
  const press = (direction: 1 | -1): string => {
    const next = stepTyped(way.peek(), plan.typed, direction * step, changed);
    type(write(next));
    return formatShownNumber(definition, counter, next, locale.value);
  };
  const send = async (): Promise<void> => {
    isTouched.value = true;
    if (isSending.peek() || away !== undefined) return;
    if (!isPlanned) {
      input.current?.focus();
      return;
    }
    isSending.value = true;
    const request = { ...plan.request, reason: reason.peek().trim() };
    const failure = await changes.tryChange(counter, { ...request, key: attempt.current.getKey(request) });
    isSending.value = false;
    if (!failure) {
      dialog.current?.close();
      return;
    }
    const code = failure.problem?.status;
    // After a failure of the service nobody knows whether the change was counted.
    if (code !== undefined && code < 500) attempt.current.forget();
    if (code === 401 || code === 403) {
      dialog.current?.close();
      changes.reportFailure(failure);
      return;
    }
    const isUnknown = failure.problem === undefined && !failure.isUnsent;
    refusal.value = isUnknown ? activity.sendAgain : describeFailure(failure, data);
    input.current?.focus();
  };
  const ways = isSetFirst ? (['set', 'add', 'remove'] as const) : CHANGE_WAYS;
  const slot = slots.get(counter);
  return (
    <dialog
      ref={dialog}
      class="sheet"
      aria-labelledby="change-title"
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && leave(event)}
      // Browsers send no `cancel` for a second Esc in a row.
      onKeyDown={(event) => event.key === 'Escape' && leave(event)}
      onCancel={(event) => event.target === event.currentTarget && leave(event)}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <span class="handle" aria-hidden="true" />
        <div class="of">
          <h2 id="change-title" aria-label={activity.change(title)}>
            {slot && <SeriesMark slot={slot} />}
            <bdi>{title}</bdi>
          </h2>
          <ChangePreview
            counter={counter}
            way={way.value}
            difference={isPlanned ? plan.after - value : undefined}
            isFrozen={isSending.value}
          />
        </div>
        <fieldset class="segmented wide">
          <legend class="unseen">{activity.how}</legend>
          {ways.map((choice) => (
            <label key={choice}>
              <input type="radio" name="change-way" checked={choice === way.value} onChange={() => choose(choice)} />
              <span>{activity.ways[choice]}</span>
            </label>
          ))}
        </fieldset>
        <AmountField
          input={input}
          label={activity.amounts[way.value]}
          inputMode={mayBeNegative ? 'text' : reading.scale === 0 ? 'numeric' : 'decimal'}
          text={text.value}
          isFaulty={fault !== ''}
          describedBy="change-fault"
          onType={type}
          onStep={press}
        />
        <p id="change-fault" class="fault" role="alert">
          <Sentence text={away ?? fault} />
        </p>
        <div class="field">
          <label for="change-reason">
            {activity.reason} <span class="optional">{activity.reasonHint}</span>
          </label>
          <input
            id="change-reason"
            class="input"
            maxLength={MAX_REASON_LENGTH}
            autocomplete="off"
            dir="auto"
            value={reason.value}
            onInput={({ currentTarget }) => (reason.value = currentTarget.value)}
          />
        </div>
        <div class="acts">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            {activity.cancel}
          </button>
          <button
            type="submit"
            class="button"
            data-look="primary"
            aria-disabled={away !== undefined || undefined}
            aria-busy={isSending.value}
          >
            {isPlanned
              ? activity.submit[way.value](
                  formatShownNumber(definition, counter, plan.typed, locale.value, { withoutUnit: true }),
                )
              : activity.ways[way.value]}
          </button>
        </div>
      </form>
      {question}
    </dialog>
  );
}
