/** The field of an amount or a value, between its buttons for one less and one more. */
import type { JSX, RefObject } from 'preact';
import { useSignal } from '@preact/signals';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';

interface AmountFieldProps {
  readonly input: RefObject<HTMLInputElement | null>;
  readonly label: string;
  /** Keyboard of touch screens. Those of numbers have no minus sign everywhere. */
  readonly inputMode: 'numeric' | 'decimal' | 'text';
  readonly text: string;
  readonly isFaulty: boolean;
  /** Id of the element that says what is wrong. */
  readonly describedBy: string;
  readonly onType: (text: string) => void;
  /** Changes the number by one. @returns it as it is read aloud */
  readonly onStep: (direction: 1 | -1) => string;
}

const STEP_KEYS: Readonly<Record<string, 1 | -1>> = { ArrowUp: 1, ArrowDown: -1 };

export function AmountField(props: AmountFieldProps): JSX.Element {
  const { input, label, inputMode, text, isFaulty, describedBy, onType, onStep } = props;
  const spoken = useSignal('');
  const { activity } = words.value;
  const step = (direction: 1 | -1): void => void (spoken.value = onStep(direction));
  return (
    <>
      <div class="amount">
        <button type="button" class="button" data-icon aria-label={activity.oneLess} onClick={() => step(-1)}>
          <Icon name="minus" />
        </button>
        <input
          ref={input}
          class="typed"
          inputMode={inputMode}
          autocomplete="off"
          enterkeyhint="done"
          aria-label={label}
          aria-describedby={describedBy}
          aria-invalid={isFaulty || undefined}
          value={text}
          onInput={({ currentTarget }) => onType(currentTarget.value)}
          onKeyDown={(event) => {
            const direction = STEP_KEYS[event.key];
            if (direction === undefined) return;
            event.preventDefault();
            step(direction);
          }}
        />
        <button type="button" class="button" data-icon aria-label={activity.oneMore} onClick={() => step(1)}>
          <Icon name="plus" />
        </button>
      </div>
      <output class="unseen">{spoken.value}</output>
    </>
  );
}
