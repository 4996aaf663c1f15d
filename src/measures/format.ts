/**
 * Writes numbers for people, in the reader's locale: on the page, in embeds, badges and terminals. Numbers reach `Intl`
 * as decimal text, which it formats exactly (ECMA-402, NumberFormat v3), never as a double. Files and APIs write plain
 * decimals instead: {@link toDecimalText}.
 */
import { toDecimalText } from './decimal.js';

/** Properties of a definition that determine the text of a number. */
export interface NumberReading {
  /** Digits behind the decimal point, 0 to 9. */
  readonly scale: number;
  /** ISO 4217 code. */
  readonly currency?: string;
  /** Written behind the number as it is. */
  readonly unit?: string;
  /** The number is a percentage: 4.3 reads 4.3 %. */
  readonly percent?: boolean;
}

/**
 * `full`: exactly `scale` digits behind the point. `whole`: without decimals. `compact`: about three digits and a word,
 * 1.25bn. Digits before the point are never rounded: 999,999 is 999K, not 1M.
 */
export type NumberForm = 'full' | 'whole' | 'compact';

export interface FormatOptions {
  /** Default `full`. */
  readonly form?: NumberForm;
  /** Writes a plus sign too, for differences. Zero has no sign. */
  readonly signed?: boolean;
}

/** Part of a text: those of `Intl.NumberFormat`, and `unit` with its literal no-break space before it. */
export interface NumberPart {
  readonly type: Intl.NumberFormatPart['type'];
  readonly value: string;
}

/** A number of smallest units, such as 124805 at scale 2; or decimal text, such as `1248.05`, without an exponent. */
export type FormattableNumber = number | bigint | string;

/** Text of a number for `Intl`. */
type NumberText = Intl.StringNumericLiteral;

/** Most formatters in the cache: creating one takes more than ten times as long as using it. */
const MAX_FORMATTERS = 200;
/** Oldest first. */
const formatters = new Map<string, Intl.NumberFormat>();

const NO_BREAK_SPACE = '\u00a0';
/** A compact number has as many digits behind the point as make three with those before. */
const COMPACT_DIGITS = 3;
/** Money of 100 and more may be written without its decimals: at least so many digits before the point. */
const WHOLE_MONEY_DIGITS = 3;

/**
 * Writes a number in a locale. Decimal text with more digits than the scale is rounded half away from zero.
 * @param locale BCP 47 tag; undefined for the environment's
 * @throws RangeError if the locale is malformed
 */
export function formatNumber(
  number: FormattableNumber,
  reading: NumberReading,
  locale?: string,
  { form = 'full', signed = false }: FormatOptions = {},
): string {
  const text = toNumberText(number, reading);
  const formatted =
    form === 'compact'
      ? joinParts(formatCompact(text, reading, locale, signed))
      : withMinusSign(getFormatter(reading, locale, form, signed).format(text), text);
  return reading.unit === undefined ? formatted : `${formatted}${NO_BREAK_SPACE}${reading.unit}`;
}

/** Writes a number like {@link formatNumber}, in parts. */
export function formatNumberToParts(
  number: FormattableNumber,
  reading: NumberReading,
  locale?: string,
  { form = 'full', signed = false }: FormatOptions = {},
): NumberPart[] {
  const text = toNumberText(number, reading);
  const parts =
    form === 'compact'
      ? formatCompact(text, reading, locale, signed)
      : toParts(getFormatter(reading, locale, form, signed), text);
  const { unit } = reading;
  return unit === undefined
    ? parts
    : [...parts, { type: 'literal', value: NO_BREAK_SPACE }, { type: 'unit', value: unit }];
}

/**
 * Returns the texts of a number to try in turn until one fits: all of it; without decimals (money of 100 and more);
 * without unit; compact. Each text occurs once, so that there are 1 to 4.
 */
export function listFittingTexts(number: FormattableNumber, reading: NumberReading, locale?: string): string[] {
  return listFittingParts(number, reading, locale).map(joinParts);
}

/** Returns the texts of {@link listFittingTexts} in parts. */
export function listFittingParts(number: FormattableNumber, reading: NumberReading, locale?: string): NumberPart[][] {
  const { unit: _, ...bare } = reading;
  const isLargeMoney = reading.currency !== undefined && countWholeDigits(number, reading) >= WHOLE_MONEY_DIGITS;
  const form = isLargeMoney ? 'whole' : 'full';
  const steps = [
    formatNumberToParts(number, reading, locale),
    formatNumberToParts(number, reading, locale, { form }),
    formatNumberToParts(number, bare, locale, { form }),
    formatNumberToParts(number, bare, locale, { form: 'compact' }),
  ];
  return [...new Map(steps.map((parts) => [joinParts(parts), parts])).values()];
}

function countWholeDigits(number: FormattableNumber, { scale }: NumberReading): number {
  const text = typeof number === 'string' ? number : toDecimalText(number, scale);
  return text.replace('-', '').split('.', 1).join('').length;
}

function joinParts(parts: readonly NumberPart[]): string {
  return parts.map(({ value }) => value).join('');
}

/** Style `percent` multiplies by 100: the exponent moves the point back, exactly. */
function toNumberText(number: FormattableNumber, { scale, percent }: NumberReading): NumberText {
  const decimal = typeof number === 'string' ? number : toDecimalText(number, scale);
  return (percent ? `${decimal}e-2` : decimal) as NumberText;
}

/**
 * Writes about three digits. The number of digits before the point depends on the locale (90.07m, 9,007万), so a first
 * text without decimals tells it. Decimals are rounded, unless that changes the digits before them.
 */
function formatCompact(
  text: NumberText,
  reading: NumberReading,
  locale: string | undefined,
  signed: boolean,
): NumberPart[] {
  const cut = toParts(getFormatter(reading, locale, 'compact', signed), text);
  const whole = joinWhole(cut);
  const decimals = COMPACT_DIGITS - (whole.match(/\p{Nd}/gu)?.length ?? 0);
  if (decimals <= 0) return cut;
  const rounded = toParts(getFormatter(reading, locale, 'compact', signed, decimals, 'halfExpand'), text);
  return joinWhole(rounded) === whole
    ? rounded
    : toParts(getFormatter(reading, locale, 'compact', signed, decimals), text);
}

/** Returns the digits before the point. They also change if rounding changes the word: 999.9K, 1M. */
function joinWhole(parts: readonly NumberPart[]): string {
  return joinParts(parts.filter(({ type }) => type === 'integer'));
}

/** Locales write the minus sign as a hyphen, which is short beside digits. U+2212 has their width. */
function withMinusSign(formatted: string, text: NumberText): string {
  return text.startsWith('-') ? formatted.replace('-', '−') : formatted;
}

function toParts(formatter: Intl.NumberFormat, text: NumberText): NumberPart[] {
  return formatter
    .formatToParts(text)
    .map(({ type, value }) => ({ type, value: type === 'minusSign' ? value.replace('-', '−') : value }));
}

/** @param decimals most digits behind the point of compact texts */
function getFormatter(
  { scale, currency, percent = false }: NumberReading,
  locale: string | undefined,
  form: NumberForm,
  signed: boolean,
  decimals = 0,
  rounding: 'trunc' | 'halfExpand' = 'trunc',
): Intl.NumberFormat {
  const key = `${locale} ${form === 'full' ? scale : form}${decimals}${rounding} ${percent || currency} ${signed}`;
  const cached = formatters.get(key);
  if (cached) return cached;
  const digits = form === 'full' ? scale : decimals;
  const formatter = new Intl.NumberFormat(locale, {
    ...(percent ? { style: 'percent' } : currency === undefined ? {} : { style: 'currency', currency }),
    ...(form === 'compact' ? { notation: 'compact', useGrouping: 'always' } : {}),
    minimumFractionDigits: form === 'compact' ? 0 : digits,
    maximumFractionDigits: digits,
    roundingMode: form === 'full' ? 'halfExpand' : rounding,
    // `negative`: no sign for what is rounded to zero.
    signDisplay: signed ? 'exceptZero' : 'negative',
  });
  const oldest = formatters.keys().next();
  if (formatters.size >= MAX_FORMATTERS && !oldest.done) formatters.delete(oldest.value);
  formatters.set(key, formatter);
  return formatter;
}
