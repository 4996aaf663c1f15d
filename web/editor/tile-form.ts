/** The settings of a counter or a measure as a form: texts as people type them. Pure. */
import type { DashboardDefinition, Level, Period } from '../../src/client/client.js';
import { getCurrencyDigits } from '../../src/measures/currency-digits.js';
import { isRatio, parseTerm } from '../../src/measures/derived-measure.js';
import { formatNumber, type NumberReading } from '../../src/measures/format.js';
import { getPresentation, getReading, isMeasure } from '../../src/measures/shown-number.js';
import type { PeriodChoice } from '../app/page-url.js';

export type TileKind = 'counter' | 'gauge' | 'ratio' | 'sum';

/** How numbers are read: `percent` for ratios alone. */
export type NumberFormat = 'number' | 'money' | 'percent';

export interface FormThreshold {
  readonly level: Level;
  readonly at: string;
}

/** Amounts are texts in the reader's locale; an empty text is no amount. */
export interface TileForm {
  readonly kind: TileKind;
  /** Name for programs; only of new ones. */
  readonly name: string;
  readonly title: string;
  readonly format: NumberFormat;
  /** ISO 4217 code. */
  readonly currency: string;
  readonly unit: string;
  /** Digits behind the point; empty for those that follow from the rest. */
  readonly scale: string;
  readonly headline: PeriodChoice;
  /** Empty for the default. */
  readonly compareWith: '' | 'previous' | 'week' | 'year';
  /** Lowest value; empty for none. */
  readonly min: string;
  readonly goodWhen: 'up' | 'down';
  readonly target: string;
  /** Empty for a level to reach. */
  readonly per: '' | Period;
  readonly thresholds: readonly FormThreshold[];
  /** Dividend and divisor of a ratio; empty while not chosen. */
  readonly ratio: readonly [string, string];
  /** Terms of a sum; a leading `-` subtracts. */
  readonly sum: readonly string[];
}

const EMPTY: TileForm = {
  kind: 'counter',
  name: '',
  title: '',
  format: 'number',
  currency: 'EUR',
  unit: '',
  scale: '',
  headline: 'day',
  compareWith: '',
  min: '',
  goodWhen: 'up',
  target: '',
  per: 'day',
  thresholds: [],
  ratio: ['', ''],
  sum: [],
};

/** Returns the form of something new. @param locale BCP 47 tag */
export function createTileForm(kind: TileKind, locale: string): TileForm {
  const zero = formatNumber(0, { scale: 0 }, locale);
  if (kind === 'gauge') return { ...EMPTY, kind, headline: 'total', per: '', min: zero };
  return { ...EMPTY, kind, ...(kind === 'counter' && { min: zero }), ...(kind === 'sum' && { sum: ['', ''] }) };
}

/** Returns the form of an existing counter or measure. @param locale BCP 47 tag */
export function toTileForm(definition: DashboardDefinition, name: string, locale: string): TileForm {
  const presentation = getPresentation(definition, name);
  const reading = getReading(definition, name);
  const write = (number: number): string => formatAmount(number, reading, isMeasure(definition, name), locale);
  const { title = name, unit = '', currency, headline = 'total', goodWhen = 'up', target, thresholds } = presentation;
  const format = currency === undefined ? 'number' : 'money';
  const common: Partial<TileForm> = {
    name,
    title,
    unit,
    format,
    currency: currency ?? EMPTY.currency,
    headline,
    goodWhen,
    target: target ? write(target.value) : '',
    per: target ? (target.per ?? '') : headline === 'total' ? '' : headline,
    thresholds: (thresholds ?? []).map(({ at, level }) => ({ at: write(at), level })),
  };
  if ('ratio' in presentation || 'sum' in presentation) {
    const scale = presentation.scale === undefined ? '' : String(presentation.scale);
    return isRatio(presentation)
      ? {
          ...EMPTY,
          ...common,
          kind: 'ratio',
          format: presentation.percent ? 'percent' : format,
          scale,
          ratio: presentation.ratio,
        }
      : { ...EMPTY, ...common, kind: 'sum', scale, sum: presentation.sum };
  }
  const { kind = 'counter', min = 0, compareWith = '' } = presentation;
  return {
    ...EMPTY,
    ...common,
    kind,
    scale: String(reading.scale),
    // The default of a period is not said again.
    compareWith: compareWith === (headline === 'day' ? 'week' : 'previous') ? '' : compareWith,
    min: min === null ? '' : write(min),
  };
}

/** Writes an amount as it is typed: without currency and unit. @param isDecimal true for a measure's own decimals */
function formatAmount(number: number, { scale }: NumberReading, isDecimal: boolean, locale: string): string {
  return formatNumber(isDecimal ? number.toFixed(scale) : number, { scale }, locale);
}

/** Returns how amounts of a form are read, also while parts of it are missing. */
export function getFormReading(form: TileForm, definition: DashboardDefinition): NumberReading {
  const { format, currency, unit } = form;
  return {
    scale: getFormScale(form, definition),
    ...(format === 'money' && { currency }),
    ...(format === 'percent' && { percent: true }),
    ...(format === 'number' && unit.trim() !== '' && { unit: unit.trim() }),
  };
}

function getFormScale({ kind, format, currency, scale, sum }: TileForm, definition: DashboardDefinition): number {
  if (/^[0-9]$/.test(scale)) return Number(scale);
  if (format === 'money') return getCurrencyDigits(currency) ?? 0;
  if (kind === 'ratio') return format === 'percent' ? 1 : 2;
  const counters = sum.map((term) => parseTerm(term).counter).filter((counter) => counter !== '');
  return Math.max(0, ...counters.map((counter) => getReading(definition, counter).scale));
}

export function isMeasureForm({ kind }: Pick<TileForm, 'kind'>): boolean {
  return kind === 'ratio' || kind === 'sum';
}
