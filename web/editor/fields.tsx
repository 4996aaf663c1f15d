/** Fields of forms: a label, a control, and below it what is wrong with it. */
import type { ComponentChildren, JSX } from 'preact';
import { LevelSign } from '../signs/level-sign.js';
import { Sentence } from '../words/sentence.js';

interface FieldProps {
  readonly id: string;
  readonly label: string;
  /** Written lighter behind the label: "optional". */
  readonly note?: string | undefined;
  readonly fault?: string | undefined;
  readonly hint?: string | undefined;
  /** True for the whole width of the form. */
  readonly isWide?: boolean;
}

/** Attributes that tie a control to its fault and its hint. */
function describeControl({ id, fault, hint }: Pick<FieldProps, 'id' | 'fault' | 'hint'>) {
  const described = [...(fault === undefined ? [] : [`${id}-fault`]), ...(hint === undefined ? [] : [`${id}-hint`])];
  return {
    id,
    'aria-invalid': fault !== undefined || undefined,
    ...(described.length > 0 && { 'aria-describedby': described.join(' ') }),
  };
}

function Field({
  id,
  label,
  note,
  fault,
  hint,
  isWide = false,
  children,
}: FieldProps & { readonly children: ComponentChildren }): JSX.Element {
  return (
    <div class={isWide ? 'field wide' : 'field'}>
      <label for={id}>
        {label}
        {note !== undefined && <span class="optional"> {note}</span>}
      </label>
      {children}
      {hint !== undefined && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
      <FieldFault id={id} fault={fault} />
    </div>
  );
}

/** What is wrong with a field. It stands empty in the page, so that it is read out when it appears. */
export function FieldFault({ id, fault }: Pick<FieldProps, 'id' | 'fault'>): JSX.Element {
  return (
    <p id={`${id}-fault`} class="error" role="alert">
      {fault !== undefined && (
        <>
          <LevelSign level="bad" />
          <span>
            <Sentence text={fault} />
          </span>
        </>
      )}
    </p>
  );
}

interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onInput: (text: string) => void;
  /** Called when the field is left after a change. */
  readonly onLeave?: (() => void) | undefined;
  readonly maxLength?: number;
  readonly placeholder?: string;
  readonly list?: string;
  /** Default: `text`. */
  readonly type?: 'text' | 'time';
  readonly isDisabled?: boolean;
  readonly takesFocus?: boolean;
}

export function TextField(props: TextFieldProps): JSX.Element {
  const { value, onInput, onLeave, maxLength, placeholder, list, type = 'text' } = props;
  const { isDisabled = false, takesFocus = false } = props;
  return (
    <Field {...props}>
      <input
        {...describeControl(props)}
        class="input"
        type={type}
        autocomplete="off"
        dir="auto"
        value={value}
        list={list}
        maxLength={maxLength}
        placeholder={placeholder}
        disabled={isDisabled}
        autofocus={takesFocus}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
        onChange={onLeave}
      />
    </Field>
  );
}

interface AmountFieldProps extends Omit<TextFieldProps, 'list' | 'maxLength' | 'type'> {
  /** Sign before the amount: that of a currency, or of a percentage. */
  readonly sign: string | undefined;
}

export function AmountField(props: AmountFieldProps): JSX.Element {
  return (
    <Field {...props}>
      <AmountInput {...props} />
    </Field>
  );
}

/** An amount without a visible label. */
export function AmountInput(
  props: Omit<AmountFieldProps, 'label'> & { readonly label?: string; readonly accessibleName?: string },
): JSX.Element {
  const { sign, value, onInput, onLeave, placeholder, isDisabled = false, accessibleName } = props;
  return (
    <div class="with" {...(sign === undefined ? {} : { 'data-sign-length': Math.min(3, sign.length) })}>
      {sign !== undefined && <bdi aria-hidden="true">{sign}</bdi>}
      <input
        {...describeControl(props)}
        class="input"
        autocomplete="off"
        inputMode="decimal"
        aria-label={accessibleName}
        value={value}
        placeholder={placeholder}
        disabled={isDisabled}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
        onChange={onLeave}
      />
    </div>
  );
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly text: string;
}

interface SelectFieldProps<T extends string> extends FieldProps {
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly onChoose: (value: T) => void;
  readonly isDisabled?: boolean;
}

export function SelectField<T extends string>(props: SelectFieldProps<T>): JSX.Element {
  const { value, choices, onChoose, isDisabled = false } = props;
  return (
    <Field {...props}>
      <select
        {...describeControl(props)}
        class="input"
        value={value}
        disabled={isDisabled}
        onChange={({ currentTarget }) => {
          const choice = choices[currentTarget.selectedIndex];
          if (choice) onChoose(choice.value);
        }}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} selected={choice.value === value}>
            {choice.text}
          </option>
        ))}
      </select>
    </Field>
  );
}

interface SegmentedProps<T extends string> {
  readonly name: string;
  readonly label: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly onChoose: (value: T) => void;
}

export function Segmented<T extends string>({ name, label, value, choices, onChoose }: SegmentedProps<T>): JSX.Element {
  return (
    <fieldset class="field wide">
      <legend class="label">{label}</legend>
      <div class="segmented">
        {choices.map((choice) => (
          <label key={choice.value}>
            <input type="radio" name={name} checked={choice.value === value} onChange={() => onChoose(choice.value)} />
            <span>{choice.text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
