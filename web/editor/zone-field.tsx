/** The time zone of a board: typed, with the known ones as suggestions. */
import type { JSX } from 'preact';
import { words } from '../words/locale.js';
import { TextField } from './fields.js';

interface ZoneFieldProps {
  readonly value: string;
  readonly fault: string | undefined;
  readonly onInput: (zone: string) => void;
}

const LIST_ID = 'time-zones';

export function ZoneField({ value, fault, onInput }: ZoneFieldProps): JSX.Element {
  return (
    <>
      <TextField
        id="board-zone"
        label={words.value.editor.timeZone}
        isWide
        list={LIST_ID}
        value={value}
        fault={fault}
        onInput={onInput}
      />
      <datalist id={LIST_ID}>
        {['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}

/** Returns the zone of this device. */
export function getOwnZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
