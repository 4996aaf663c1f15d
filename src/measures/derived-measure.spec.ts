/** Derived measures against an oracle that works in fractions and divides digit by digit. */
import * as fc from 'fast-check';
import type { MeasureDefinition } from '../counters/definition.js';
import { compileMeasures, getMeasureScale, listCountersOf } from './derived-measure.js';

type Values = Readonly<Record<string, number | bigint>>;
/** Numerator and denominator. */
type Fraction = readonly [bigint, bigint];

const SCALES: Readonly<Record<string, number>> = { revenue: 2, orders: 0, visits: 0, weight: 3, fine: 9 };
const getScale = (counter: string): number => SCALES[counter] ?? 0;

function evaluate(measure: MeasureDefinition, values: Values, getScaleOf = getScale): string | null | undefined {
  const [compiled] = compileMeasures({ measure }, getScaleOf);
  return compiled?.evaluate((counter) => values[counter] ?? 0);
}

/** Writes a fraction by long division. The first digit that is cut off decides: 5 or more rounds away from zero. */
function divideByHand([numerator, denominator]: Fraction, scale: number): string | null {
  if (denominator === 0n) return null;
  const isNegative = numerator * denominator < 0n;
  const [over, under] = [numerator, denominator].map((part) => (part < 0n ? -part : part)) as [bigint, bigint];
  const digits = String(over / under).split('');
  let rest = over % under;
  for (let place = 0; place <= scale; place++) {
    digits.push(String((rest * 10n) / under));
    rest = (rest * 10n) % under;
  }
  if (Number(digits.pop()) >= 5) {
    let place = digits.length - 1;
    for (; digits[place] === '9'; place--) digits[place] = '0';
    if (place < 0) digits.unshift('1');
    else digits[place] = String(Number(digits[place]) + 1);
  }
  const [whole, fraction] = [digits.slice(0, digits.length - scale), digits.slice(digits.length - scale)];
  const text = [whole.join(''), ...(scale > 0 ? [fraction.join('')] : [])].join('.');
  return isNegative && /[1-9]/.test(text) ? `-${text}` : text;
}

function evaluateByHand(
  measure: MeasureDefinition,
  values: Values,
  scales: Readonly<Record<string, number>>,
): Fraction {
  const read = (counter: string): Fraction => [
    BigInt(values[counter] ?? 0),
    BigInt(`1${'0'.repeat(scales[counter] ?? 0)}`),
  ];
  if ('ratio' in measure) {
    const [[a, b], [c, d]] = measure.ratio.map(read) as [Fraction, Fraction];
    return [a * d * (measure.percent ? 100n : 1n), b * c];
  }
  return measure.sum.reduce<Fraction>(
    ([a, b], term) => {
      const [c, d] = read(term.replace('-', ''));
      return [term.startsWith('-') ? a * d - c * b : a * d + c * b, b * d];
    },
    [0n, 1n],
  );
}

const LIMIT = Number.MAX_SAFE_INTEGER;
const value = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.integer({ min: -1_000_000, max: 1_000_000 }),
  fc.integer({ min: -LIMIT, max: LIMIT }),
  fc.constantFrom(LIMIT, -LIMIT, LIMIT - 1, 2 ** 53, -(2 ** 60), 0, -0, 50, 500_000_000),
  fc.bigInt(-(2n ** 63n), 2n ** 63n),
  fc.bigInt(-50n, 50n),
);
const scale = fc.integer({ min: 0, max: 9 });
const optionalScale = fc
  .option(scale, { nil: undefined })
  .map((digits) => (digits === undefined ? {} : { scale: digits }));
const name = fc.constantFrom('a', 'b', 'c', 'd');
const term = fc.tuple(fc.constantFrom('', '-'), name).map(([sign, counter]) => sign + counter);
const measureOf: fc.Arbitrary<MeasureDefinition> = fc.oneof(
  fc.record({ ratio: fc.tuple(name, name), percent: fc.boolean() }),
  fc.record({ sum: fc.array(term, { minLength: 1, maxLength: 5 }) }),
);
const counters = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<{ a: T; b: T; c: T; d: T }> =>
  fc.record({ a: arbitrary, b: arbitrary, c: arbitrary, d: arbitrary });

describe('a derived measure', () => {
  it.each<[MeasureDefinition, Values, string | null]>([
    [{ ratio: ['revenue', 'orders'] }, { revenue: 124_805, orders: 100 }, '12.48'],
    [{ ratio: ['revenue', 'orders'], currency: 'JPY' }, { revenue: 124_850, orders: 100 }, '12'],
    [{ ratio: ['revenue', 'orders'], currency: 'EUR', scale: 3 }, { revenue: 124_805, orders: 100 }, '12.481'],
    [{ ratio: ['orders', 'visits'], percent: true }, { orders: 43, visits: 1_000 }, '4.3'],
    [{ ratio: ['orders', 'revenue'], scale: 0 }, { orders: 3, revenue: 200 }, '2'],
    [{ ratio: ['fine', 'fine'], percent: true, scale: 9 }, { fine: 1 }, '100.000000000'],
    [{ ratio: ['orders', 'visits'] }, { orders: 5, visits: 0 }, null],
    [{ ratio: ['orders', 'visits'] }, { orders: 5n, visits: 0n }, null],
    [{ ratio: ['orders', 'visits'] }, { orders: 0, visits: -7 }, '0.00'],
    [{ ratio: ['orders', 'visits'] }, { orders: -1, visits: 1_000 }, '0.00'],
    [{ ratio: ['orders', 'visits'] }, { orders: -1, visits: 200 }, '-0.01'],
    [{ ratio: ['orders', 'visits'] }, { orders: 1, visits: -200 }, '-0.01'],
    [{ ratio: ['orders', 'visits'] }, { orders: -1, visits: -200 }, '0.01'],
    [{ ratio: ['orders', 'visits'], scale: 0 }, { orders: LIMIT, visits: 2 }, '4503599627370496'],
    [{ ratio: ['orders', 'visits'], scale: 9 }, { orders: LIMIT, visits: 1 }, '9007199254740991.000000000'],
    [{ sum: ['orders'] }, { orders: -3 }, '-3'],
    [{ sum: ['revenue', 'orders', '-weight'] }, { revenue: 1_05, orders: 2, weight: 1_234 }, '1.816'],
    [{ sum: ['revenue', '-orders'], scale: 0 }, { revenue: 1_50, orders: 2 }, '-1'],
    [{ sum: ['revenue', '-orders'], scale: 0 }, { revenue: 1_51, orders: 2 }, '0'],
    [{ sum: ['-orders'] }, { orders: 0 }, '0'],
    [{ sum: ['orders', 'orders', 'visits'] }, { orders: LIMIT, visits: 1 }, '18014398509481983'],
  ])('%j of %j is %s', (measure, values, result) => {
    expect(evaluate(measure, values)).toBe(result);
  });

  it('equals long division of fractions, for any values and scales', () => {
    fc.assert(
      fc.property(measureOf, optionalScale, counters(scale), counters(value), (measure, options, scales, values) => {
        const defined = { ...measure, ...options };
        const getScaleOf = (counter: string): number => scales[counter as 'a'];
        const digits = getMeasureScale(defined, getScaleOf);
        expect(evaluate(defined, values, getScaleOf)).toBe(
          divideByHand(evaluateByHand(defined, values, scales), digits),
        );
      }),
      { numRuns: 100_000 },
    );
  });

  it.each<[MeasureDefinition, number]>([
    [{ ratio: ['revenue', 'orders'] }, 2],
    [{ ratio: ['revenue', 'orders'], percent: true }, 1],
    [{ ratio: ['revenue', 'orders'], currency: 'KWD' }, 3],
    [{ ratio: ['revenue', 'orders'], currency: 'JPY' }, 0],
    [{ sum: ['orders', '-revenue', 'weight'] }, 3],
    [{ sum: ['orders', 'revenue'], currency: 'JPY' }, 0],
    [{ sum: ['orders', 'revenue'], scale: 0 }, 0],
    [{ ratio: ['revenue', 'orders'], percent: true, scale: 0 }, 0],
  ])('%j has %s digits behind the point', (measure, digits) => {
    expect(compileMeasures({ measure }, getScale)[0]?.scale).toBe(digits);
  });

  it('names each counter that it needs once', () => {
    expect(listCountersOf({ ratio: ['revenue', 'orders'] })).toEqual(['revenue', 'orders']);
    expect(listCountersOf({ sum: ['b', '-a', 'b', '-b'] })).toEqual(['b', 'a']);
    const compiled = compileMeasures({ one: { sum: ['a'] }, two: { ratio: ['a', 'a'] } }, getScale);
    expect(compiled.map((one) => [one.name, one.counters])).toEqual([
      ['one', ['a']],
      ['two', ['a']],
    ]);
  });
});
