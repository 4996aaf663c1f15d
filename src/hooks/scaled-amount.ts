/** Turns a number or a decimal text into an amount of a counter's smallest unit, by its digits. Pure. */
import { MAX_AMOUNT } from '../counters/counters.js';

export type AmountFault = 'missing' | 'no-number' | 'not-whole' | 'too-large';

/** Decimal text; only numbers that JavaScript writes as text have an exponent. */
const DECIMAL = /^(?<sign>-?)(?<whole>\d+)(?:\.(?<fraction>\d+))?(?:e(?<exponent>[+-]\d+))?$/;
const MAX_DIGITS = String(MAX_AMOUNT).length;

/**
 * Returns `value` times 10^`scale`. It is worked out on digits: 19.99 * 100 would be 1998.9999999999998.
 *
 * A number of a JSON body has gone through a double, whose shortest text has the digits that were sent, up to 15 of
 * them. Amounts with more have to be sent as text.
 * @param value a number, or text such as `19.99`
 * @param scale decimal places of the counter
 * @returns an integer of at most 2^53 - 1 either way, or the reason why the value is none
 */
export function scaleAmount(value: unknown, scale: number): number | AmountFault {
  if (value === undefined) return 'missing';
  const { sign, whole = '', fraction = '', exponent = '0' } = DECIMAL.exec(toDecimalText(value))?.groups ?? {};
  if (whole === '') return 'no-number';
  const digits = trimZeros(`${whole}${fraction}`);
  if (digits.text === '') return 0;
  const zeros = scale - fraction.length + Number(exponent) + digits.trailing;
  if (zeros < 0) return 'not-whole';
  if (digits.text.length + zeros > MAX_DIGITS) return 'too-large';
  const amount = Number(digits.text) * 10 ** zeros;
  if (amount > MAX_AMOUNT) return 'too-large';
  return sign === '-' ? -amount : amount;
}

/** Text that was sent has no exponent. */
function toDecimalText(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && !value.includes('e') ? value : '';
}

/** Removes zeros at both ends, so that the work does not grow with them. */
function trimZeros(digits: string): { readonly text: string; readonly trailing: number } {
  let start = 0;
  let end = digits.length;
  while (start < end && digits[start] === '0') start += 1;
  while (end > start && digits[end - 1] === '0') end -= 1;
  return { text: digits.slice(start, end), trailing: digits.length - end };
}
