/** A number in a list: money of 100 and more without decimals, compact where the room does not suffice. */
import type { JSX } from 'preact';
import type { DashboardDefinition } from '../../src/client/client.js';
import type { NumberPart } from '../../src/measures/format.js';
import { formatShownNumber, getReading, isMeasure, listShownNumberParts } from '../../src/measures/shown-number.js';
import { measureNumber, pickFitting } from '../tile/text-width.js';
import { NumberText } from '../tile/tile-number.js';
import { locale } from '../words/locale.js';

/** Cents go from here up. */
const WHOLE_MONEY = 100;

/** Share of the digits' size that sign, decimals and unit have in a list, as in list.css. */
const MINOR_SHARE = 0.875;

interface DenseNumberProps {
  readonly definition: DashboardDefinition;
  readonly name: string;
  readonly number: number | null | undefined;
  /** Room for the number, em of its digits. */
  readonly room: number;
}

export function DenseNumber({ definition, name, number, room }: DenseNumberProps): JSX.Element {
  const parts = pickFitting(listDenseParts(definition, name, number), room, measureParts);
  const exact = formatShownNumber(definition, name, number, locale.value);
  const isCut = parts.map(({ value }) => value).join('') !== exact;
  return (
    <span class="value" data-value={number ?? undefined} {...(isCut && { title: exact })}>
      <NumberText parts={parts} />
    </span>
  );
}

/** Returns the texts of a number to try in turn until one fits. */
function listDenseParts(
  definition: DashboardDefinition,
  name: string,
  number: number | null | undefined,
): NumberPart[][] {
  const texts = listShownNumberParts(definition, name, number, locale.value);
  const { currency, scale } = getReading(definition, name);
  const units = Math.abs(number ?? 0) / (isMeasure(definition, name) ? 1 : 10 ** scale);
  return currency !== undefined && units >= WHOLE_MONEY && texts.length > 1 ? texts.slice(1) : texts;
}

/** Returns the room that a number takes in its longest form, em of its digits. */
export function measureDenseNumber(
  definition: DashboardDefinition,
  name: string,
  number: number | null | undefined,
): number {
  return measureParts(listDenseParts(definition, name, number)[0] ?? []);
}

function measureParts(parts: readonly NumberPart[]): number {
  return measureNumber(parts, MINOR_SHARE, MINOR_SHARE);
}
