/** Numbers as people type them, in several locales. */
import { parseTypedNumber, type TypedNumber } from './typed-number.js';

const COUNT = { scale: 0 };
const MONEY = { scale: 2, currency: 'EUR' };

it.each<[string, string, typeof COUNT | typeof MONEY, TypedNumber]>([
  ['3', 'en', COUNT, { units: 3 }],
  [' +3 ', 'en', COUNT, { units: 3 }],
  ['-3', 'en', COUNT, { units: -3 }],
  ['\u22123', 'en', COUNT, { units: -3 }],
  ['-0', 'en', COUNT, { units: 0 }],
  ['1,248', 'en', COUNT, { units: 1_248 }],
  ['1.248', 'de', COUNT, { units: 1_248 }],
  ['1\u202f248', 'fr', COUNT, { units: 1_248 }],
  ['1 248', 'fr', COUNT, { units: 1_248 }],
  ['1\u2019248', 'de-CH', COUNT, { units: 1_248 }],
  ['12,34,567', 'hi', COUNT, { units: 1_234_567 }],
  ['1.248,50', 'de', MONEY, { units: 124_850 }],
  ['1,248.50', 'en', MONEY, { units: 124_850 }],
  ['1,248.50', 'fr', MONEY, { units: 124_850 }],
  ['1 248,5', 'fr', MONEY, { units: 124_850 }],
  ['1.248.500', 'de', MONEY, { units: 124_850_000 }],
  ['12,5', 'de', MONEY, { units: 1_250 }],
  ['12.5', 'fr', MONEY, { units: 1_250 }],
  ['12,5', 'de-CH', MONEY, { units: 1_250 }],
  ['1,000', 'en-GB', MONEY, { units: 100_000 }],
  ['.5', 'en', MONEY, { units: 50 }],
  ['5.', 'en', MONEY, { units: 500 }],
  ['3.00', 'en', COUNT, { units: 3 }],
  ['€64.90', 'en', MONEY, { units: 6_490 }],
  ['64,90 €', 'de', MONEY, { units: 6_490 }],
  ['EUR 64.90', 'en', MONEY, { units: 6_490 }],
  ['\u0661\u066c\u0662\u0664\u0668\u066b\u0665\u0660', 'ar-EG', MONEY, { units: 124_850 }],
  ['\u200f-\u0663', 'ar-EG', COUNT, { units: -3 }],
  ['\u06f1\u06f2', 'en', COUNT, { units: 12 }],
  ['\u096a\u0968', 'mr-u-nu-deva', COUNT, { units: 42 }],
  ['１２', 'ja', COUNT, { units: 12 }],
  ['9,007,199,254,740,991', 'en', COUNT, { units: Number.MAX_SAFE_INTEGER }],
  ['', 'en', COUNT, { fault: 'empty' }],
  ['€', 'en', MONEY, { fault: 'empty' }],
  ['three', 'en', COUNT, { fault: 'malformed' }],
  ['1e3', 'en', COUNT, { fault: 'malformed' }],
  ['-', 'en', COUNT, { fault: 'malformed' }],
  ['.', 'en', MONEY, { fault: 'malformed' }],
  ['1,24,8', 'en', COUNT, { fault: 'malformed' }],
  ['12,5', 'en-GB', MONEY, { fault: 'malformed' }],
  ['12,50', 'en', MONEY, { fault: 'malformed' }],
  ['1,0000', 'en', MONEY, { fault: 'malformed' }],
  ['12.5', 'de', MONEY, { fault: 'malformed' }],
  ['1.248,50', 'en', MONEY, { fault: 'malformed' }],
  ['1,248.50', 'de', MONEY, { fault: 'malformed' }],
  ['1.248', 'fr', MONEY, { fault: 'malformed' }],
  ['1,000', 'ar-EG', MONEY, { fault: 'malformed' }],
  ['1,248,50', 'en', MONEY, { fault: 'malformed' }],
  ['1.2,3.4', 'en', MONEY, { fault: 'malformed' }],
  ['2.5', 'en', COUNT, { fault: 'too-precise' }],
  ['1,248', 'de', COUNT, { fault: 'too-precise' }],
  ['1.24', 'fr', COUNT, { fault: 'too-precise' }],
  ['1.999', 'en', MONEY, { fault: 'too-precise' }],
  ['9,007,199,254,740,992', 'en', COUNT, { fault: 'too-large' }],
])('%j in %s reads as expected', (text, locale, reading, expected) => {
  expect(parseTypedNumber(text, reading, locale)).toEqual(expected);
});

it('units and percent signs may stand beside the number', () => {
  expect(parseTypedNumber('12 pcs', { scale: 0, unit: 'pcs' }, 'en')).toEqual({ units: 12 });
  expect(parseTypedNumber('4.3 %', { scale: 1, percent: true }, 'en')).toEqual({ units: 43 });
  expect(parseTypedNumber('kr 12,50', { scale: 2, currency: 'NOK' }, 'nb')).toEqual({ units: 1_250 });
});
