/** Amounts by their digits: examples of providers, and whatever a property test finds. */
import * as fc from 'fast-check';
import { MAX_AMOUNT } from '../counters/counters.js';
import { scaleAmount } from './scaled-amount.js';

/** Writes an integer of the smallest unit as decimal text, by the digits. */
function toDecimal(amount: number, scale: number): string {
  const digits = String(Math.abs(amount)).padStart(scale + 1, '0');
  const end = digits.length - scale;
  return `${amount < 0 ? '-' : ''}${digits.slice(0, end)}${scale > 0 ? `.${digits.slice(end)}` : ''}`;
}

const amounts = fc.integer({ min: -MAX_AMOUNT, max: MAX_AMOUNT });
const scales = fc.integer({ min: 0, max: 9 });

describe('an amount', () => {
  it.each([
    [1999, 0, 1_999],
    ['19.99', 2, 1_999],
    [19.99, 2, 1_999],
    ['19.9', 2, 1_990],
    ['20', 2, 2_000],
    ['-5.00', 2, -500],
    ['5.00', 0, 5],
    [1e21, 0, 'too-large'],
    [1e-7, 7, 1],
    [1.5e-7, 8, 15],
    ['007', 0, 7],
    ['0.000', 0, 0],
    ['-0', 0, 0],
    [-0, 0, 0],
    ['9007199254740991', 0, MAX_AMOUNT],
    ['-9007199254740991', 0, -MAX_AMOUNT],
    ['9007199254740992', 0, 'too-large'],
    ['9007199254740993', 0, 'too-large'],
    ['90071992547409.92', 2, 'too-large'],
    [`1${'0'.repeat(100_000)}`, 0, 'too-large'],
    [`0.${'0'.repeat(100_000)}1`, 9, 'not-whole'],
    ['19.999', 2, 'not-whole'],
    [19.999, 2, 'not-whole'],
    [0.1 + 0.2, 9, 'not-whole'],
    [undefined, 0, 'missing'],
    [null, 0, 'no-number'],
    [true, 0, 'no-number'],
    [{}, 0, 'no-number'],
    [['5'], 0, 'no-number'],
    ['', 0, 'no-number'],
    [' 5', 0, 'no-number'],
    ['+5', 0, 'no-number'],
    ['5.', 0, 'no-number'],
    ['.5', 1, 'no-number'],
    ['1e3', 0, 'no-number'],
    ['1E3', 0, 'no-number'],
    ['1,000', 0, 'no-number'],
    ['0x10', 0, 'no-number'],
    ['5\n', 0, 'no-number'],
    ['Infinity', 0, 'no-number'],
    [Infinity, 0, 'no-number'],
  ])('%j at scale %i is %j', (value, scale, expected) => {
    expect(scaleAmount(value, scale)).toBe(expected);
  });

  it('in decimal text is exact up to 2^53 - 1 at every scale, with any number of zeros after it', () => {
    const zeros = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(amounts, scales, zeros, (amount, scale, count) => {
        const text = toDecimal(amount, scale);
        const padded = text.includes('.') ? text + '0'.repeat(count) : text;
        expect(scaleAmount(padded, scale)).toBe(amount === 0 ? 0 : amount);
      }),
      { numRuns: 2_000 },
    );
  });

  it('in a JSON number is exact up to 15 digits', () => {
    const short = fc.integer({ min: -(10 ** 15) + 1, max: 10 ** 15 - 1 });
    fc.assert(
      fc.property(short, scales, (amount, scale) => {
        expect(scaleAmount(JSON.parse(toDecimal(amount, scale)), scale)).toBe(amount === 0 ? 0 : amount);
      }),
      { numRuns: 2_000 },
    );
  });

  it('with one more decimal place than the scale is not whole', () => {
    const digit = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(amounts, scales, digit, (amount, scale, last) => {
        const text = scale === 0 ? `${amount}.${last}` : `${toDecimal(amount, scale)}${last}`;
        expect(scaleAmount(text, scale)).toBe('not-whole');
      }),
    );
  });
});
