/** Reads numbers as people type them: with separators and digits of their locale, and a currency. Pure. */
import type { NumberReading } from '../../src/measures/format.js';

/**
 * `empty`: nothing was typed. `malformed`: not a number. `too-precise`: more decimals than the counter has.
 * `too-large`: beyond 2^53 - 1 smallest units.
 */
export type NumberFault = 'empty' | 'malformed' | 'too-precise' | 'too-large';

/** A number of smallest units, or the reason why there is none. */
export type TypedNumber = { readonly units: number } | { readonly fault: NumberFault };

/** Zeros of the digits that are read in every locale: ASCII, Arabic, Persian. */
const COMMON_ZEROS = ['0', '\u0660', '\u06f0'];
/** Direction marks that keyboards and copied texts contain. */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** Spaces, apostrophes and the Arabic thousands separator never stand before decimals. */
const GROUPS_ONLY = /[\s'\u2019\u02bc\u066c]/u;
const ARABIC_DECIMAL = '\u066b';

/**
 * Reads a typed number. A point or a comma is read as the locale writes it, and never in two ways: if it groups digits
 * there, it does not stand before decimals, so that `12,5` is no number in English and `12.5` none in German. One that
 * the locale does not use stands before decimals, unless it might group: `12.5` is read in French, `1.248` is not. Of
 * both, the last one stands before the decimals.
 * @param reading digits behind the point, and signs that may stand beside the number
 * @param locale BCP 47 tag
 */
export function parseTypedNumber(text: string, reading: NumberReading, locale: string): TypedNumber {
  const bare = stripSigns(text, reading, locale);
  if (bare === '') return { fault: 'empty' };
  const [, sign = '', body = ''] = /^([+\-\u2212\u2013]?)\s*(.*)$/su.exec(bare) ?? [];
  const digits = toAsciiDigits(body, locale);
  const decimalAt = findDecimal(digits, locale);
  if (decimalAt === undefined) return { fault: 'malformed' };
  const whole = ungroup(decimalAt < 0 ? digits : digits.slice(0, decimalAt));
  const fraction = decimalAt < 0 ? '' : digits.slice(decimalAt + 1);
  if (whole === undefined || !/^\d*$/.test(fraction) || whole + fraction === '') return { fault: 'malformed' };
  const decimals = fraction.replace(/0+$/, '');
  if (decimals.length > reading.scale) return { fault: 'too-precise' };
  const units = BigInt(`${whole}${decimals.padEnd(reading.scale, '0')}`);
  if (units > BigInt(Number.MAX_SAFE_INTEGER)) return { fault: 'too-large' };
  return { units: sign === '' || sign === '+' || units === 0n ? Number(units) : -Number(units) };
}

/** Removes what may stand beside a number: currency, percent sign, unit, direction marks. */
function stripSigns(text: string, { currency, unit }: NumberReading, locale: string): string {
  const signs = [unit ?? '', ...(currency === undefined ? [] : [currency, ...listCurrencySigns(currency, locale)])];
  let bare = normalize(text);
  for (const sign of signs.map(normalize).filter((one) => one !== '')) bare = bare.replace(sign, '');
  return bare.replace(/[\p{Sc}%\u066a]/gu, '').trim();
}

function listCurrencySigns(currency: string, locale: string): string[] {
  return (['symbol', 'narrowSymbol'] as const).flatMap((currencyDisplay) =>
    new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay })
      .formatToParts(0)
      .filter(({ type }) => type === 'currency')
      .map(({ value }) => value),
  );
}

/** NFKC writes no-break spaces as spaces, and full-width digits as ASCII. */
function normalize(text: string): string {
  return text.normalize('NFKC').replace(DIRECTION_MARKS, '').trim();
}

function toAsciiDigits(text: string, locale: string): string {
  const zeros = [...COMMON_ZEROS, new Intl.NumberFormat(locale).format(0)].map((zero) => zero.codePointAt(0) ?? 0);
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    const zero = zeros.find((one) => code >= one && code < one + 10);
    return zero === undefined ? digit : String(code - zero);
  });
}

/** Returns the index of the decimal separator: -1 without one, undefined if it may be one of groups just as well. */
function findDecimal(text: string, locale: string): number | undefined {
  const arabic = text.indexOf(ARABIC_DECIMAL);
  if (arabic >= 0) return arabic;
  const separators: string[] = text.match(/[.,]/g) ?? [];
  const last = separators.at(-1);
  if (last === undefined || last === getSeparator(locale, 'group')) return -1;
  if (separators.length > 1) return new Set(separators).size > 1 ? text.lastIndexOf(last) : -1;
  const isAmbiguous = last !== getSeparator(locale, 'decimal') && ungroup(text) !== undefined;
  return isAmbiguous ? undefined : text.indexOf(last);
}

function getSeparator(locale: string, type: 'group' | 'decimal'): string | undefined {
  return new Intl.NumberFormat(locale, { useGrouping: 'always', minimumFractionDigits: 1 })
    .formatToParts(1_234_567.5)
    .find((part) => part.type === type)?.value;
}

/** Removes separators of groups. Groups have three digits; all but the last may have two, as in India. */
function ungroup(text: string): string | undefined {
  const separators = new Set(text.replace(/\d/g, ''));
  if (separators.size === 0) return text;
  const [separator = ''] = separators;
  if (separators.size > 1 || !(GROUPS_ONLY.test(separator) || separator === '.' || separator === ',')) return undefined;
  const [first = '', ...groups] = text.split(separator);
  const isGrouped = /^\d{1,3}$/.test(first) && groups.slice(0, -1).every((group) => /^\d{2,3}$/.test(group));
  return isGrouped && /^\d{3}$/.test(groups.at(-1) ?? '') ? first + groups.join('') : undefined;
}
