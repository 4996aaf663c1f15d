/** Numbers written for people: literal texts, and properties that hold in every locale. */
import * as fc from 'fast-check';
import { getCurrencyDigits } from './currency-digits.js';
import {
  type FormatOptions,
  type FormattableNumber,
  formatNumber,
  formatNumberToParts,
  listFittingParts,
  listFittingTexts,
  type NumberPart,
  type NumberReading,
} from './format.js';

const MAX = Number.MAX_SAFE_INTEGER;
const EUR = { scale: 2, currency: 'EUR' };
const PERCENT = { scale: 1, percent: true };
/** No-break space and narrow no-break space. */
const [S, N] = ['\u00a0', '\u202f'];

const PAIRS =
  `en-EUR en-USD en-JPY en-KWD en-CLF en-XAD en-GB-GBP en-US-USD en-IN-INR en-AU-AUD en-CA-CAD de-EUR de-AT-EUR
  de-CH-CHF fr-EUR fr-CA-CAD fr-CH-CHF es-EUR es-MX-MXN pt-BR-BRL pt-PT-EUR it-EUR nl-EUR sv-SEK da-DKK nb-NOK fi-EUR pl-PLN
  cs-CZK hu-HUF ro-RON tr-TRY uk-UAH el-EUR ja-JPY ko-KRW zh-CNY id-IDR hi-INR th-THB ar-EG-EGP ar-BHD fa-IRR he-ILS bn-BDT`
    .split(/\s+/)
    .map((pair) => [pair.slice(0, -4), pair.slice(-3)] as const);

/** Digits of any script as ASCII. Each script's digits follow one another from a multiple of 16, or 6 after one. */
function toAscii(text: string): string {
  return text.replaceAll(/\p{Nd}/gu, (digit) => {
    let value = 0;
    while (/\p{Nd}/u.test(String.fromCodePoint((digit.codePointAt(0) ?? 0) - value - 1)) && value < 9) value++;
    return String(value);
  });
}

/** Reads a text back from its parts, as plain decimal text. */
function readBack(parts: readonly NumberPart[]): string {
  const words: Partial<Record<NumberPart['type'], string>> = { minusSign: '-', decimal: '.', group: '' };
  const digits = new Set(['integer', 'fraction', 'minusSign', 'decimal', 'group']);
  const read = ({ type, value }: NumberPart): string => (digits.has(type) ? (words[type] ?? toAscii(value)) : '');
  const text = parts.map(read).join('');
  // Some locales write the sign behind the number, or between the currency and the number.
  return text.includes('-') ? `-${text.replace('-', '')}` : text;
}

function writePlainly(units: number | bigint, scale: number): string {
  const text = String(units < 0 ? -units : units).padStart(scale + 1, '0');
  const point = text.length - scale;
  return `${units < 0 ? '-' : ''}${text.slice(0, point)}${scale > 0 ? '.' : ''}${text.slice(point)}`;
}

const join = (parts: readonly NumberPart[]): string => parts.map(({ value }) => value).join('');

describe('a number for people', () => {
  it.each<[string, FormattableNumber, NumberReading, string | undefined, FormatOptions?]>([
    ['€12,480.50', 1_248_050, EUR, 'en'],
    ['−€12,480.50', -1_248_050, EUR, 'en'],
    [`12.480,50${S}€`, 1_248_050, EUR, 'de'],
    [`−0,05${S}€`, -5, EUR, 'de'],
    [`12${N}480,50${S}€`, 1_248_050, EUR, 'fr'],
    [`1248,05${S}€`, 124_805, EUR, 'es'],
    [`R$${S}12.480,50`, 1_248_050, { scale: 2, currency: 'BRL' }, 'pt-BR'],
    [`−12${S}480,50${S}kr`, -1_248_050, { scale: 2, currency: 'SEK' }, 'sv'],
    [`12${S}480,50${S}Ft`, 1_248_050, { scale: 2, currency: 'HUF' }, 'hu'],
    ['￥12,480', 12_480, { scale: 0, currency: 'JPY' }, 'ja'],
    ['₹12,48,050.00', 124_805_000, { scale: 2, currency: 'INR' }, 'en-IN'],
    [`KWD${S}12.480`, 12_480, { scale: 3, currency: 'KWD' }, 'en'],
    [`XAD${S}0.01`, 1, { scale: 2, currency: 'XAD' }, 'en'],
    ['CA$1.50 and US$ apart', 150, { scale: 2, currency: 'CAD', unit: 'and US$ apart' }, 'en'],
    ['€90,071,992,547,409.91', MAX, EUR, 'en'],
    ['€92,233,720,368,547,758.07', 2n ** 63n - 1n, EUR, 'en'],
    ['4.3%', '4.3', PERCENT, 'en'],
    [`4,3${S}%`, '4.3', PERCENT, 'de'],
    ['4.3% of visits', 43, { ...PERCENT, unit: 'of visits' }, 'en'],
    ['250%', '250', { scale: 0, percent: true }, 'en'],
    ['9,007,199,254,740.991%', MAX, { scale: 3, percent: true }, 'en'],
    ['0.0%', '-0.04', PERCENT, 'en'],
    ['−0.1%', '-0.05', PERCENT, 'en'],
    ['12.345 kg', 12_345, { scale: 3, unit: 'kg' }, 'en'],
    ['0 orders/h', 0, { scale: 0, unit: 'orders/h' }, 'en'],
    ['0', -0, { scale: 0 }, 'en'],
    ['+€64.90', 6_490, EUR, 'en', { signed: true }],
    ['−3', -3, { scale: 0 }, 'en', { signed: true }],
    ['€0.00', 0, EUR, 'en', { signed: true }],
    ['€12,480', 1_248_099, EUR, 'en', { form: 'whole' }],
    ['€0', -99, EUR, 'en', { form: 'whole' }],
    ['1.25bn', 1_248_050_993, { scale: 0 }, 'en-GB', { form: 'compact' }],
    ['+1.25M pcs', 1_248_050, { scale: 0, unit: 'pcs' }, 'en', { form: 'compact', signed: true }],
    ['9,007tn', MAX, { scale: 0 }, 'en-GB', { form: 'compact' }],
    ['−9,007tn', -MAX, { scale: 0 }, 'en-GB', { form: 'compact' }],
    ['999K', 999_999, { scale: 0 }, 'en', { form: 'compact' }],
    ['9.99K', 9_996, { scale: 0 }, 'en', { form: 'compact' }],
    ['12.5K', 12_450, { scale: 0 }, 'en', { form: 'compact' }],
    ['10K', 10_000, { scale: 0 }, 'en', { form: 'compact' }],
    ['9,007万', 90_071_992, { scale: 0 }, 'ja', { form: 'compact' }],
    ['0.05', 5, { scale: 2 }, 'en', { form: 'compact' }],
  ])('%s', (text, number, reading, locale, options = {}) => {
    const unit = reading.unit === undefined ? '' : `${S}${reading.unit}`;
    const expected = unit ? `${text.slice(0, -unit.length)}${unit}` : text;
    expect(formatNumber(number, reading, locale, options)).toBe(expected);
    expect(join(formatNumberToParts(number, reading, locale, options))).toBe(expected);
  });

  it('has its own digits in 40 and more pairs of locale and currency, at every scale and up to 2^53 - 1', () => {
    expect(PAIRS.length).toBeGreaterThanOrEqual(40);
    for (const [locale, currency] of PAIRS) {
      const own = getCurrencyDigits(currency) ?? -1;
      for (const scale of new Set([own, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])) {
        for (const units of [0, 5, -5, 124_805, MAX, -MAX, 2n ** 63n - 1n]) {
          for (const reading of [{ scale, currency }, { scale }, { scale, percent: true }]) {
            const parts = formatNumberToParts(units, reading, locale);
            expect([locale, reading, readBack(parts)]).toEqual([locale, reading, writePlainly(units, scale)]);
            expect(formatNumber(units, reading, locale)).toBe(join(parts));
          }
        }
      }
    }
  });

  it('reads as Intl writes it today if it is a plain count', () => {
    const locales = [...new Set(PAIRS.map(([locale]) => locale)), undefined];
    fc.assert(
      fc.property(fc.constantFrom(...locales), fc.maxSafeNat(), (locale, count) => {
        expect(formatNumber(count, { scale: 0 }, locale)).toBe(new Intl.NumberFormat(locale).format(count));
      }),
    );
  });

  it('is never rounded before the point, in short texts too', () => {
    const number = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -2_000_000, max: 2_000_000 }));
    fc.assert(
      fc.property(fc.constantFrom('en', 'de', 'ja', 'hi', 'ar-EG'), number, fc.nat(3), (locale, units, scale) => {
        const shown = readBack(formatNumberToParts(units, { scale, currency: 'EUR' }, locale, { form: 'compact' }));
        const [whole = ''] = shown.replace('-', '').split('.');
        // Units of compact texts are powers of ten: the digits before the point are the first ones of the number.
        const digits = String(BigInt(Math.abs(units)) / 10n ** BigInt(scale));
        expect(digits.slice(0, whole.length)).toBe(whole);
        expect(shown.match(/\d/g)?.length).toBeLessThanOrEqual(Math.max(3, whole.length));
        const uncut = readBack(formatNumberToParts(units, { scale, currency: 'EUR' }, locale, { form: 'whole' }));
        expect(uncut.replace('-', '')).toBe(digits);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[FormattableNumber, NumberReading, string[]]>([
    [124_805_012, { ...EUR, unit: 'today' }, ['€1,248,050.12 today', '€1,248,050 today', '€1,248,050', '€1.25M']],
    [10_000, EUR, ['€100.00', '€100']],
    [-10_099, EUR, ['−€100.99', '−€100']],
    [9_999, EUR, ['€99.99', '€99.9']],
    [-9_999, { ...EUR, unit: 'net' }, ['−€99.99 net', '−€99.99', '−€99.9']],
    [58_883, { ...EUR, unit: 'net' }, ['€588.83 net', '€588 net', '€588']],
    [1_234_567, { scale: 3, unit: 'kg' }, ['1,234.567 kg', '1,234.567', '1.23K']],
    ['1234.5', { ...EUR, unit: 'a' }, ['€1,234.50 a', '€1,234 a', '€1,234', '€1.23K']],
    [12_345, { scale: 3, unit: 'kg' }, ['12.345 kg', '12.345', '12.3']],
    [143, { scale: 0 }, ['143']],
    [9_996, { scale: 0 }, ['9,996', '9.99K']],
    ['12.34', { scale: 2, percent: true }, ['12.34%', '12.3%']],
  ])('%s read as %j is shortened in steps to %j', (number, reading, texts) => {
    const { unit } = reading;
    const expected = texts.map((text) => (unit ? text.replace(` ${unit}`, `${S}${unit}`) : text));
    expect(listFittingTexts(number, reading, 'en')).toEqual(expected);
    expect(listFittingParts(number, reading, 'en').map(join)).toEqual(expected);
  });

  it('has parts for the sign, the decimals and the unit', () => {
    const parts = formatNumberToParts(-1_248_050, { ...EUR, unit: 'kg' }, 'en');
    expect(parts.map(({ type, value }) => `${type} ${value}`)).toEqual([
      'minusSign −',
      'currency €',
      'integer 12',
      'group ,',
      'integer 480',
      'decimal .',
      'fraction 50',
      `literal ${S}`,
      'unit kg',
    ]);
  });

  it('creates a formatter once, and keeps at most 200', () => {
    const original = Intl.NumberFormat;
    let created = 0;
    const construct = (target: typeof original, args: [string]): Intl.NumberFormat => {
      created++;
      return new target(...args);
    };
    Intl.NumberFormat = new Proxy(original, { construct });
    const count = (write: () => void): number => {
      created = 0;
      write();
      return created;
    };
    const currencies = Array.from(
      { length: 200 },
      (_, index) => `Q${String.fromCharCode(65 + (index % 26), 65 + index / 26)}`,
    );
    const write = (currency: string): string => formatNumber(1, { scale: 1, currency }, 'en');
    expect(count(() => void write('ZZZ'))).toBe(1);
    expect(count(() => void write('ZZZ'))).toBe(0);
    expect(count(() => void currencies.map(write))).toBe(200);
    expect(count(() => void currencies.map(write))).toBe(0);
    expect(count(() => void write('ZZZ'))).toBe(1);
    Intl.NumberFormat = original;
  });

  it('refuses a malformed locale', () => {
    expect(() => formatNumber(1, { scale: 0 }, 'not a locale')).toThrow(RangeError);
  });
});
