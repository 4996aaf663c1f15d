/** Decimal text of whole numbers. */
import { toDecimalText } from './decimal.js';

describe('decimal text', () => {
  it.each([
    [1_248_050, 2, '12480.50'],
    [124_805, 2, '1248.05'],
    [5, 2, '0.05'],
    [-5, 2, '-0.05'],
    [-1_234, 3, '-1.234'],
    [0, 2, '0.00'],
    [-0, 0, '0'],
    [42, 0, '42'],
    [Number.MAX_SAFE_INTEGER, 2, '90071992547409.91'],
    [-Number.MAX_SAFE_INTEGER, 9, '-9007199.254740991'],
    [2n ** 63n - 1n, 2, '92233720368547758.07'],
  ])('writes %s at scale %s as %s', (units, scale, text) => {
    expect(toDecimalText(units, scale)).toBe(text);
  });
});
