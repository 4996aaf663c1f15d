/** Catalogues of all languages: each has the texts of the English one, translated, with the same numbers and names. */
import { CATALOGUES } from './catalogues.js';
import { en } from './en.js';
import './add-editor-words.js';
import './add-rules-words.js';

// Arabic writes counts in the digits of the browser's locale.
Object.defineProperty(globalThis, 'navigator', { value: { language: 'en', languages: ['en'] }, configurable: true });

type Texts = Readonly<Record<string, unknown>>;
type Write = (...values: readonly unknown[]) => unknown;

/** Texts that are the same as in English, by language; the values in them as `…`. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  de: [
    'Enter',
    'Esc',
    'Board',
    'Boards',
    'L',
    'Live',
    'M',
    'Name',
    'S',
    'System',
    'Token',
    'Top 20',
    'optional',
    '… / min',
    '… h',
    '… min',
    '… s',
    '1 h',
    '5 min',
  ],
  es: [
    'Esc',
    'M',
    'Token',
    'Top 20',
    'Total',
    'ratio',
    '… / min',
    '… d',
    '… h',
    '… min',
    '… s',
    '… pp',
    '1 h',
    '5 min',
    '7 d',
    '30 d',
    'Series',
  ],
  fr: [
    'Actions',
    'Dates…',
    'Exact',
    'M',
    'Minutes',
    'Stock',
    'Top 20',
    'Total',
    'vs …',
    '… / min',
    '… h',
    '… min',
    '… s',
    '1 h',
    '5 min',
  ],
  ar: ['Home End', 'Enter', 'Esc'],
};

/** More values than any text takes. */
const POSITIONS = [0, 1, 2, 3, 4] as const;
/** Written as itself, in a text as well as in a list of titles. */
const MARKS = POSITIONS.map((position) => [`«${position}»`]);
/** Counts of all plural categories of the languages (CLDR). */
const COUNTS = [0, 1, 2, 3, 5, 11, 100];
/** From here on the numeral is part of the plural in all languages; Arabic has words for one and two of a thing. */
const MIN_NUMERAL = 3;

const others = Object.keys(CATALOGUES).filter((language) => language !== 'en');

describe.each(others)('the catalogue %s', (language) => {
  let pairs: readonly (readonly [path: string, english: unknown, translated: unknown])[];

  beforeAll(async () => {
    const catalogue = await CATALOGUES[language]?.();
    pairs = pair('', en, catalogue);
  });

  it('is of its language', () => {
    expect(pairs.find(([path]) => path === '.language')?.[2]).toBe(language);
  });

  it('has the texts of the English one and no others', () => {
    const differing = pairs.filter(([, english, translated]) => describeShape(english) !== describeShape(translated));
    expect(differing.map(([path]) => path)).toEqual([]);
  });

  it('leaves no text empty', () => {
    const empty = pairs.filter(
      ([, english, translated]) => write(english, MARKS).trim() !== '' && write(translated, MARKS).trim() === '',
    );
    expect(empty.map(([path]) => path)).toEqual([]);
  });

  it('leaves no text in English', () => {
    const same = pairs
      .filter(([path]) => path !== '.language')
      .map(([, english, translated]) => [toSkeleton(english), toSkeleton(translated)] as const)
      .filter(([english, translated]) => english === translated && /\p{L}/u.test(english))
      .map(([english]) => english);
    expect(same.filter((text) => !SAME[language]?.includes(text))).toEqual([]);
  });

  it('writes every name and number that the English text has', () => {
    const lost = pairs.flatMap(([path, english, translated]) =>
      listValues(english).flatMap((values) => {
        const [text, other] = [write(english, values), write(translated, values)];
        // A text of a count takes no name.
        if (other.includes('NaN')) return [];
        return values
          .filter((value) => typeof value !== 'number' || value >= MIN_NUMERAL)
          .flatMap((value) => (Array.isArray(value) ? (value as readonly string[]) : [String(value)]))
          .filter((value) => text.includes(value) !== other.includes(value))
          .map((value) => `${path}: ${other} (${value})`);
      }),
    );
    expect(lost).toEqual([]);
  });
});

/** Pairs the texts of English with those of another language, deep down; missing and surplus ones with undefined. */
function pair(path: string, english: unknown, other: unknown): [path: string, english: unknown, translated: unknown][] {
  if (!isTexts(english) || !isTexts(other)) return [[path, english, other]];
  const keys = new Set([...Object.keys(english), ...Object.keys(other)]);
  return [...keys].flatMap((key) => pair(`${path}.${key}`, english[key], other[key]));
}

function isTexts(value: unknown): value is Texts {
  return typeof value === 'object' && value !== null;
}

function describeShape(text: unknown): string {
  return typeof text === 'function' ? `function of ${text.length}` : typeof text;
}

/** Writes a text with values. */
function write(text: unknown, values: readonly unknown[]): string {
  return String(typeof text === 'function' ? (text as Write)(...values) : text);
}

/** Returns a text with `…` for its values and plain spaces. */
function toSkeleton(text: unknown): string {
  return write(text, MARKS)
    .replaceAll(/«\d»/g, '…')
    .replaceAll(/[\u00a0\u202f]/g, ' ');
}

/** Returns the values that a text takes: names, none where it may be unknown, counts, and lists of titles. */
function listValues(text: unknown): readonly (readonly unknown[])[] {
  if (typeof text !== 'function') return [];
  const choices = [
    MARKS,
    MARKS.map((mark, position) => (position === 0 ? undefined : mark)),
    ...COUNTS.map((count) => POSITIONS.map(() => count)),
    ...POSITIONS.map((position) => [MARKS.flat().slice(0, position + 1)]),
  ].map((values) => values.slice(0, text.length));
  return choices.filter((values) => {
    try {
      write(text, values);
      return true;
    } catch {
      // A text of titles takes no number.
      return false;
    }
  });
}
