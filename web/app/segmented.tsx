/** A choice between a few: radio buttons in one bar. */
import type { JSX } from 'preact';

interface SegmentedProps<T extends string> {
  readonly label: string;
  /** Name of the radio buttons; one of its kind on the page. */
  readonly name: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, text: string])[];
  readonly onChoose: (value: T) => void;
  /** True if the label is for assistive tools alone. */
  readonly isLabelUnseen?: boolean;
}

export function Segmented<T extends string>(props: SegmentedProps<T>): JSX.Element {
  const { label, name, value, options, onChoose, isLabelUnseen = false } = props;
  return (
    <fieldset class={isLabelUnseen ? undefined : 'field'}>
      <legend class={isLabelUnseen ? 'unseen' : 'label'}>{label}</legend>
      <div class="segmented" data-size="small">
        {options.map(([option, text]) => (
          <label key={option}>
            <input type="radio" name={name} checked={option === value} onChange={() => onChoose(option)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
