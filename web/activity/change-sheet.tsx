/** The sheet that changes a counter: by an amount or to a value, with a reason. It shows the result beforehand. */
import './change-sheet.css';
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { formatNumber } from '../../src/measures/format.js';
import { formatShownNumber, getReading } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { Icon } from '../signs/icon.js';
import { SeriesMark } from '../signs/series-mark.js';
import { isGauge, listSlots } from '../tile/shown-tile.js';
import { Sentence } from '../words/isolate.js';
import { locale, words } from '../words/locale.js';
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
  const spoken = useSignal('');
  const slots = useMemo(() => (definition ? listSlots(definition) : new Map()), [definition]);
  useEffect(() => {
    const { current } = dialog;
    if (!current) return undefined;
    current.showModal();
    if (matchMedia('(pointer: fine)').matches) input.current?.select();
    return () => current.close();
  }, []);
  if (!definition) return null;

  const { activity } = words.value;
  const title = getTitle(definition, counter);
  const changed = { value, min: getMin(definition, counter), reading };
  const plan = planChange(way.value, text.value, changed, locale.value);
  const away = data.isLive.value ? undefined : describeAway(data.status.value, definition);
  const fault =
    'fault' in plan && (isTouched.value || plan.fault === 'too-few') && !(plan.fault === 'empty' && !isTouched.value)
      ? describeFault(plan.fault, { definition, name: counter, value }, text.value, plan.typed)
      : refusal.value;
  const typed = 'fault' in plan ? plan.typed : plan.typed;
  const shownTyped =
    typed === undefined || 'fault' in plan
      ? undefined
      : formatShownNumber(definition, counter, typed, locale.value, { withoutUnit: true });

  const choose = (chosen: ChangeWay): void => {
    // An amount is no value: the other field begins anew.
    if ((chosen === 'set') !== (way.peek() === 'set')) text.value = write(chosen === 'set' ? value : step);
    way.value = chosen;
    refusal.value = '';
    isTouched.value = false;
  };
  const press = (by: number): void => {
    const next = stepTyped(way.peek(), typed, by, changed);
    text.value = write(next);
    refusal.value = '';
    isTouched.value = true;
    spoken.value = formatShownNumber(definition, counter, next, locale.value);
  };
  const send = async (): Promise<void> => {
    isTouched.value = true;
    if (isSending.peek() || away !== undefined) return;
    if ('fault' in plan) {
      input.current?.focus();
      return;
    }
    isSending.value = true;
    const failure = await changes.tryChange(counter, { ...plan.request, reason: reason.peek().trim() });
    isSending.value = false;
    if (!failure) {
      dialog.current?.close();
      return;
    }
    const code = failure.problem?.status;
    if (code === 401 || code === 403) {
      dialog.current?.close();
      changes.reportFailure(failure);
      return;
    }
    refusal.value = describeFailure(failure, data);
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
      onClick={({ target, currentTarget }) => target === currentTarget && currentTarget.close()}
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
            difference={'fault' in plan ? undefined : plan.after - value}
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
        <div class="amount">
          <button type="button" class="button" data-icon aria-label={activity.oneLess} onClick={() => press(-step)}>
            <Icon name="minus" />
          </button>
          <input
            ref={input}
            class="typed"
            inputMode={reading.scale === 0 && changed.min !== null ? 'numeric' : 'text'}
            autocomplete="off"
            enterkeyhint="done"
            aria-label={activity.amounts[way.value]}
            aria-describedby="change-fault"
            aria-invalid={fault !== '' || undefined}
            value={text.value}
            onInput={({ currentTarget }) => {
              text.value = currentTarget.value;
              refusal.value = '';
              isTouched.value = true;
            }}
            onKeyDown={(event) => {
              const by = { ArrowUp: step, ArrowDown: -step }[event.key];
              if (by === undefined) return;
              event.preventDefault();
              press(by);
            }}
          />
          <button type="button" class="button" data-icon aria-label={activity.oneMore} onClick={() => press(step)}>
            <Icon name="plus" />
          </button>
        </div>
        <output class="unseen">{spoken.value}</output>
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
            {shownTyped === undefined ? activity.ways[way.value] : activity.submit[way.value](shownTyped)}
          </button>
        </div>
      </form>
    </dialog>
  );
}
