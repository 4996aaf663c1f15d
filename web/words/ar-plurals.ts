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

export const COUNTERS = { one: 'عدّاد واحد', two: 'عدّادان', few: 'عدّادات', many: 'عدّادًا', other: 'عدّاد' };
/** After a preposition. */
export const IN_COUNTERS = { ...COUNTERS, two: 'عدّادين' };
export const CHANGES = { one: 'تغيير واحد', two: 'تغييران', few: 'تغييرات', many: 'تغييرًا', other: 'تغيير' };
/** Durations stand after a preposition everywhere. */
export const DAYS = { one: 'يوم', two: 'يومين', few: 'أيام', many: 'يومًا', other: 'يوم' };
const PLACES = { one: 'منزلة عشرية واحدة', two: 'منزلتان عشريتان' };
export const DECIMALS = { ...PLACES, few: 'منازل عشرية', many: 'منزلة عشرية', other: 'منزلة عشرية' };

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
