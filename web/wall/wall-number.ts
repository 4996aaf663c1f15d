/** Texts of the large numbers of a wall, and the room that each needs for a day to come. */
import type { DashboardDefinition } from '../../src/client/client.js';
import type { NumberPart } from '../../src/measures/format.js';
import { getPresentation, isMeasure, listShownNumberParts, type NumberKind } from '../../src/measures/shown-number.js';
import { findRowNumber, type PeriodData } from '../data/period-data.js';
import { measureNumber, pickFitting } from '../tile/text-width.js';

/** Digits before the point from which a number is written in its compact form: 1.25m. */
const COMPACT_DIGITS = 7;
/** Share of the digits' size that a unit has on a wall, as in wall.css. */
const UNIT_SHARE = 0.38;
/** A number of exactly the width that was reserved fits in spite of rounding: letters on a wall stand closer. */
const ROUNDING_EM = 0.02;
/** A number may outgrow all that is known of it by this factor before it is shortened. */
const HEADROOM = 1.25;
/** Width of a number of one or two digits, em: narrower ones do not make the digits larger. */
const MIN_RESERVE_EM = 2.4;

/** Returns the texts to try in turn. On a wall cents go from 100 up, and millions are compact. */
export function listWallTexts(
  definition: DashboardDefinition,
  name: string,
  number: number | null | undefined,
  locale: string,
): NumberPart[][] {
  const texts = listShownNumberParts(definition, name, number, locale);
  const [full = [], next] = texts;
  if (countWholeDigits(full) >= COMPACT_DIGITS) return texts.slice(-1);
  const has = (parts: readonly NumberPart[], type: NumberPart['type']): boolean =>
    parts.some((part) => part.type === type);
  const losesCents = has(full, 'currency') && next && has(full, 'fraction') && !has(next, 'fraction');
  return losesCents ? texts.slice(1) : texts;
}

/** Returns the longest text that fits. @param room em of the digits */
export function pickWallText(texts: readonly NumberPart[][], room: number): readonly NumberPart[] {
  return pickFitting(texts, room + ROUNDING_EM, (parts) => measureNumber(parts, UNIT_SHARE));
}

interface ReserveOptions {
  readonly kind: NumberKind;
  readonly number: number | null | undefined;
  /** The running period of the number, with those it is compared with. */
  readonly data: PeriodData | undefined;
  readonly locale: string;
}

/**
 * Returns the width that a number needs until the layout is computed again, em of its digits: that of the present
 * number, of the whole period it is compared with and of its target, each with headroom. The unit is left out: it goes
 * first.
 */
export function measureReserve(
  definition: DashboardDefinition,
  name: string,
  { kind, number, data, locale }: ReserveOptions,
): number {
  const { target } = getPresentation(definition, name);
  const compared = kind === 'total' ? [] : [...(data?.compared.values() ?? [])];
  const known = [number, ...compared.map(({ row }) => findRowNumber(row, name)), target?.value];
  const numbers = known.filter((value) => typeof value === 'number');
  const widths = [...numbers, ...numbers.map((value) => grow(value, isMeasure(definition, name)))].map((value) => {
    const [text = []] = listWallTexts(definition, name, value, locale);
    return measureNumber(
      text.filter(({ type }) => type !== 'unit'),
      UNIT_SHARE,
    );
  });
  return Math.max(MIN_RESERVE_EM, ...widths);
}

/** Counters are whole numbers of their smallest unit. */
function grow(number: number, isDecimal: boolean): number {
  const grown = number * HEADROOM;
  return isDecimal ? grown : Math.min(Number.MAX_SAFE_INTEGER, Math.round(grown));
}

function countWholeDigits(parts: readonly NumberPart[]): number {
  return parts.reduce(
    (sum, { type, value }) => sum + (type === 'integer' ? (value.match(/\p{Nd}/gu)?.length ?? 0) : 0),
    0,
  );
}
