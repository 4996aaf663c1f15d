/** Evaluates derived measures, ratios and sums of counters, exactly: no result depends on the precision of a double. */
import { getCurrencyDigits } from './currency-digits.js';
import { toDecimalText } from './decimal.js';
import type { MeasureDefinition } from '../counters/definition.js';

/** Reads a counter's number, an integer in its smallest unit. Evaluating may read a counter more than once. */
export type ReadCounter = (counter: string) => number | bigint;

/** A measure that is ready to be evaluated with every frame and every row. */
export interface CompiledMeasure {
  readonly name: string;
  /** Digits behind the decimal point of every result. */
  readonly scale: number;
  /** The counters that the measure reads, each once. */
  readonly counters: readonly string[];
  /**
   * Returns the result as decimal text with exactly `scale` digits behind the point, rounded half away from zero, and
   * never `-0`. It is a valid JSON number. Null if the divisor of a ratio is 0.
   */
  readonly evaluate: (read: ReadCounter) => string | null;
}

type Ratio = Extract<MeasureDefinition, { readonly ratio: unknown }>;
type GetScale = (counter: string) => number;
type Evaluate = CompiledMeasure['evaluate'];

/** Digits behind the decimal point of a percentage and of any other ratio, unless the definition says otherwise. */
const PERCENT_SCALE = 1;
const RATIO_SCALE = 2;

export function isRatio(measure: MeasureDefinition): measure is Ratio {
  return 'ratio' in measure && measure.ratio !== undefined;
}

/** Splits a term of a sum, `orders` or `-orders`. */
export function parseTerm(term: string): { readonly counter: string; readonly subtracts: boolean } {
  const subtracts = term.startsWith('-');
  return { counter: subtracts ? term.slice(1) : term, subtracts };
}

/** Returns the names of the counters that a measure needs, each once, in the order of the definition. */
export function listCountersOf(measure: MeasureDefinition): string[] {
  return [...new Set(isRatio(measure) ? measure.ratio : measure.sum.map((term) => parseTerm(term).counter))];
}

/**
 * Returns the digits behind the decimal point of a measure: its `scale`, else its currency's own digits, else 1 for a
 * percentage, 2 for a ratio, and the largest scale of its parts for a sum.
 * @param getScale returns the scale of a counter, 0 to 9
 */
export function getMeasureScale(measure: MeasureDefinition, getScale: GetScale): number {
  const scale = measure.scale ?? (measure.currency === undefined ? undefined : getCurrencyDigits(measure.currency));
  if (scale !== undefined) return scale;
  if (isRatio(measure)) return measure.percent ? PERCENT_SCALE : RATIO_SCALE;
  return Math.max(...listCountersOf(measure).map(getScale));
}

/**
 * Prepares the measures of a valid definition, in its order.
 * @param getScale returns the scale of a counter, 0 to 9. A scale is fixed when the counter is created.
 */
export function compileMeasures(
  measures: Readonly<Record<string, MeasureDefinition>>,
  getScale: GetScale,
): CompiledMeasure[] {
  return Object.entries(measures).map(([name, measure]) => {
    const scale = getMeasureScale(measure, getScale);
    const evaluate = isRatio(measure)
      ? compileRatio(measure, scale, getScale)
      : compileSum(measure.sum, scale, getScale);
    return { name, scale, counters: listCountersOf(measure), evaluate };
  });
}

/** Each result is `dividend * multiplier / (divisor * divider)`, in units of the scale. */
function compileRatio({ ratio: [over, under], percent }: Ratio, scale: number, getScale: GetScale): Evaluate {
  const exponent = scale + getScale(under) - getScale(over) + (percent ? 2 : 0);
  const multiplier = 10n ** BigInt(Math.max(0, exponent));
  const divider = 10n ** BigInt(Math.max(0, -exponent));
  // Powers of ten up to 10^22 are exact as doubles; the largest here is 10^20.
  const [fastMultiplier, fastDivider] = [Number(multiplier), Number(divider)];
  return (read) => {
    const [dividend, divisor] = [read(over), read(under)];
    if (typeof dividend === 'number' && typeof divisor === 'number') {
      if (divisor === 0) return null;
      const [numerator, denominator] = [dividend * fastMultiplier, divisor * fastDivider];
      if (Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator))
        return toDecimalText(divideFast(numerator, denominator), scale);
    }
    const denominator = BigInt(divisor) * divider;
    return denominator === 0n ? null : toDecimalText(divide(BigInt(dividend) * multiplier, denominator), scale);
  };
}

/** Parts are added in units of the finest scale, and the sum is rounded once. */
function compileSum(sum: readonly string[], scale: number, getScale: GetScale): Evaluate {
  const parsed = sum.map(parseTerm);
  const finest = Math.max(scale, ...parsed.map(({ counter }) => getScale(counter)));
  const terms = parsed.map(({ counter, subtracts }) => {
    const factor = (subtracts ? -1n : 1n) * 10n ** BigInt(finest - getScale(counter));
    return { counter, factor, fastFactor: Number(factor) };
  });
  const divisor = 10n ** BigInt(finest - scale);
  const fastDivisor = Number(divisor);
  const addExactly = (read: ReadCounter): string => {
    const total = terms.reduce((part, { counter, factor }) => part + BigInt(read(counter)) * factor, 0n);
    return toDecimalText(divide(total, divisor), scale);
  };
  return (read) => {
    let [total, size] = [0, 0];
    for (const { counter, fastFactor } of terms) {
      const value = read(counter);
      if (typeof value === 'bigint') return addExactly(read);
      total += value * fastFactor;
      size += Math.abs(value * fastFactor);
    }
    // `size` never decreases. If it ends below 2^53, each product and each partial sum was below, thus exact.
    return size <= Number.MAX_SAFE_INTEGER ? toDecimalText(divideFast(total, fastDivisor), scale) : addExactly(read);
  };
}

/** Returns the quotient, rounded half away from zero. */
function divide(numerator: bigint, denominator: bigint): bigint {
  const [quotient, rest] = [numerator / denominator, numerator % denominator];
  const isHalf = 2n * absolute(rest) >= absolute(denominator);
  return isHalf ? quotient + (numerator < 0n === denominator < 0n ? 1n : -1n) : quotient;
}

const absolute = (number: bigint): bigint => (number < 0n ? -number : number);

/**
 * {@link divide} for safe integers, several times as fast. It is exact: `%` has no rounding, the difference is a
 * multiple of the denominator below 2^53, and doubling a rest below 2^53 only changes the exponent.
 */
function divideFast(numerator: number, denominator: number): number {
  const rest = numerator % denominator;
  const quotient = (numerator - rest) / denominator;
  const isHalf = 2 * Math.abs(rest) >= Math.abs(denominator);
  return isHalf ? quotient + (numerator < 0 === denominator < 0 ? 1 : -1) : quotient;
}
