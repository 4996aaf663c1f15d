/**
 * Finds the number of a counter or a measure in a snapshot, and how to write it. Page, embeds, badges and terminals
 * share it, so that they show the same text.
 */
import type { PeriodValues, Snapshot } from '../counters/counters.js';
import {
  type CounterDefinition,
  type MeasureDefinition,
  type Period,
  PERIODS,
  type Presentation,
} from '../counters/definition.js';
import { getMeasureScale } from './derived-measure.js';
import { formatNumber, type FormatOptions, listFittingParts, type NumberPart, type NumberReading } from './format.js';

/** Written where there is no number: a ratio whose divisor is 0, the period of a gauge. */
export const NO_NUMBER = '–';

/** The part of a definition that says how numbers are read. */
export interface NumberDefinitions {
  readonly counters: Readonly<Record<string, CounterDefinition>>;
  readonly measures?: Readonly<Record<string, MeasureDefinition>>;
}

/** `total`: the value. A period: what came within the present one. */
export type NumberKind = 'total' | Period;

export function isPeriod(text: string): text is Period {
  return PERIODS.some((period) => period === text);
}

/** Numbers of a dashboard: of its counters in the smallest unit, of its measures in decimals. */
export interface ShownNumbers extends Pick<Snapshot, 'counters' | 'measures'> {
  readonly periods?: PeriodValues | undefined;
}

/** Returns the definition of a counter or a measure; empty if it has none. */
export function getPresentation(
  { counters, measures = {} }: NumberDefinitions,
  name: string,
): CounterDefinition | MeasureDefinition {
  // A counter may be called `constructor`, which every object inherits.
  return (Object.hasOwn(measures, name) ? measures[name] : findOwn(counters, name)) ?? {};
}

export function isMeasure({ measures = {} }: NumberDefinitions, name: string): boolean {
  return Object.hasOwn(measures, name);
}

/**
 * Returns the number of a counter or a measure.
 * @returns null if it has none: a gauge has no number of a period; undefined if it does not exist or is not known yet
 */
export function findNumber(
  { counters, measures = {}, periods = {} }: ShownNumbers,
  name: string,
  kind: NumberKind = 'total',
): number | null | undefined {
  if (kind === 'total') return findOwn(counters, name) ?? findOwn(measures, name);
  const numbers = periods[kind];
  if (!numbers) return undefined;
  const added = findOwn(numbers.added, name);
  if (added !== undefined) return added - (findOwn(numbers.removed, name) ?? 0);
  if (Object.hasOwn(counters, name)) return null;
  return findOwn(numbers.measures ?? {}, name);
}

function findOwn<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Returns how to read the numbers of a counter or a measure. */
export function getReading(definitions: NumberDefinitions, name: string): NumberReading {
  const presentation = getPresentation(definitions, name);
  const getScale = (counter: string): number => findOwn(definitions.counters, counter)?.scale ?? 0;
  const scale =
    'ratio' in presentation || 'sum' in presentation
      ? getMeasureScale(presentation, getScale)
      : (presentation.scale ?? 0);
  return toReading(presentation, scale);
}

/** @param scale digits behind the decimal point, 0 to 9 */
export function toReading(presentation: Presentation & { readonly percent?: boolean }, scale: number): NumberReading {
  const { currency, unit, percent } = presentation;
  return {
    scale,
    ...(currency !== undefined && { currency }),
    ...(unit !== undefined && { unit }),
    ...(percent !== undefined && { percent }),
  };
}

export interface ShownNumberOptions extends FormatOptions {
  /** Leaves the unit out, where it stands beside. */
  readonly withoutUnit?: boolean;
  /** Leaves the currency out, where another unit takes its place. */
  readonly withoutCurrency?: boolean;
}

/**
 * Writes a number of {@link findNumber} for people.
 * @param locale BCP 47 tag; undefined for the environment's
 */
export function formatShownNumber(
  definitions: NumberDefinitions,
  name: string,
  number: number | null | undefined,
  locale?: string,
  { withoutUnit = false, withoutCurrency = false, ...options }: ShownNumberOptions = {},
): string {
  if (number === null || number === undefined) return NO_NUMBER;
  const { unit, currency, ...bare } = getReading(definitions, name);
  const reading = {
    ...bare,
    ...(!withoutUnit && unit !== undefined && { unit }),
    ...(!withoutCurrency && currency !== undefined && { currency }),
  };
  const value = isMeasure(definitions, name) ? toMeasureText(number, reading.scale) : number;
  return formatNumber(value, reading, locale, options);
}

/**
 * Returns the texts of a number of {@link findNumber} to try in turn until one fits, each in parts.
 * @param locale BCP 47 tag; undefined for the environment's
 */
export function listShownNumberParts(
  definitions: NumberDefinitions,
  name: string,
  number: number | null | undefined,
  locale?: string,
): NumberPart[][] {
  if (number === null || number === undefined) return [[{ type: 'literal', value: NO_NUMBER }]];
  const reading = getReading(definitions, name);
  const value = isMeasure(definitions, name) ? toMeasureText(number, reading.scale) : number;
  return listFittingParts(value, reading, locale);
}

/** Decimal text of a measure. Numbers from 10^21 on, which `toFixed` writes with an exponent, have no fraction. */
function toMeasureText(number: number, scale: number): string {
  return Math.abs(number) < 1e21 ? number.toFixed(scale) : BigInt(number).toString();
}
