/** Numbers and counted things in Arabic, in the digits of the reader's locale. */
import { isolate } from './isolate.js';
import { locale } from './locale.js';

/** The forms of a thing after its number (CLDR plural categories); one and two are written without it. */
export interface ArabicForms {
  readonly one: string;
  readonly two: string;
  /** From 3 to 10, as the last two digits. */
  readonly few: string;
  /** From 11 to 99. */
  readonly many: string;
  /** Of none, and of hundreds. */
  readonly other: string;
}

const plurals = new Intl.PluralRules('ar');

/** Writes a whole number as the page writes numbers elsewhere. */
export function toDigits(count: number): string {
  return new Intl.NumberFormat(locale.value).format(count);
}

/** Counts things: `عدّادان`, `5 عدّادات`. @param count a whole number from 0 */
export function countThings(count: number, forms: ArabicForms): string {
  const category = plurals.select(count);
  if (category === 'one' || category === 'two') return forms[category];
  return `${isolate(toDigits(count))} ${forms[category === 'zero' ? 'other' : category]}`;
}
