/** A filter with one of several choices, or all. */
import type { JSX } from 'preact';
import type { Signal } from '@preact/signals';

interface ChoiceFilterProps {
  readonly label: string;
  /** Text of the choice that filters nothing. */
  readonly all: string;
  readonly choices: readonly { readonly value: string; readonly text: string }[];
  /** Empty for all. */
  readonly chosen: Signal<string>;
}

export function ChoiceFilter({ label, all, choices, chosen }: ChoiceFilterProps): JSX.Element {
  return (
    <select
      class="input"
      aria-label={label}
      value={chosen.value}
      onChange={({ currentTarget }) => (chosen.value = currentTarget.value)}
    >
      <option value="">{all}</option>
      {choices.map(({ value, text }) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
}
