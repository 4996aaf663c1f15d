/** The table of currencies. */
import { getCurrencyDigits, isCurrency } from './currency-digits.js';

describe('the digits of a currency', () => {
  it.each([
    [0, ['JPY', 'KRW', 'CLP', 'ISK', 'VND', 'UYI', 'XAF', 'XOF', 'XPF', 'UGX']],
    [2, ['EUR', 'USD', 'GBP', 'CHE', 'MRU', 'XAD', 'XCG', 'ZWG', 'SLE', 'VED']],
    // Currencies for which Intl has other digits than ISO 4217.
    [
      2,
      ['AFN', 'ALL', 'HUF', 'IDR', 'IRR', 'KPW', 'LAK', 'LBP', 'MGA', 'MMK', 'PKR', 'SOS', 'SYP', 'TZS', 'UZS', 'YER'],
    ],
    [3, ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND']],
    [4, ['CLF', 'UYW']],
    [undefined, ['XAU', 'XDR', 'XTS', 'XXX', 'ANG', 'BGN', 'CUC', 'HRK', 'DEM', 'eur', 'EURO', '', ' ']],
  ])('are %s for %j', (digits, codes) => {
    expect(codes.map((code) => [code, getCurrencyDigits(code)])).toEqual(codes.map((code) => [code, digits]));
    expect(codes.map((code) => isCurrency(code))).toEqual(codes.map(() => digits !== undefined));
  });

  it('are known for 165 codes: all 178 of list one but the 13 without a minor unit', () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');
    const codes = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c)));
    expect(codes.filter(isCurrency)).toHaveLength(165);
  });
});
