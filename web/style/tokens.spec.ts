/** Colours of the token sheet: contrast in both schemes, and how far colours are apart for colour-blind eyes. */
import { readFileSync } from 'node:fs';
import {
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
  parse,
  type Rgb,
  wcagContrast,
} from 'culori';
import { DARK_SURFACES, LIGHT_SURFACES } from '../../src/config/brand-accent.js';

const sheet = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');
type Colours = Readonly<Record<string, string>>;

const TOKEN = /--([\w-]+):\s*(#[0-9a-f]{6}\b|light-dark\([^;]*\));/g;

/** Reads the colours of one scheme, which is the first or the second of `light-dark()`. */
function readColours(index: 0 | 1): Colours {
  const plain = new Map<string, string>();
  for (const [, name = '', value = ''] of sheet.slice(0, sheet.indexOf('Series pairing')).matchAll(TOKEN)) {
    const colour = /light-dark\((.*), (.*)\)/.exec(value)?.[index + 1] ?? value;
    const reference = /var\(--([\w-]+)\)/.exec(colour)?.[1];
    plain.set(name, (reference === undefined ? undefined : plain.get(reference)) ?? colour);
  }
  return Object.fromEntries(plain);
}

const SCHEMES = { light: readColours(0), dark: readColours(1) };
const SLOTS = [1, 2, 3, 4, 5, 6, 7, 8].map((slot) => `series-${slot}`);
const LEVELS = ['good', 'warn', 'bad'];
/** Full colour blindness by Machado et al., 2009. */
const EYES: Readonly<Record<string, (colour: Rgb) => Rgb | undefined>> = {
  normal: (colour) => colour,
  protanopia: filterDeficiencyProt(1),
  deuteranopia: filterDeficiencyDeuter(1),
  tritanopia: filterDeficiencyTrit(1),
};

/** Returns the pairs with less contrast than they need, each with its contrast. */
function findWeak(colours: Colours, texts: readonly string[], grounds: readonly string[], least: number): string[] {
  return texts.flatMap((text) =>
    grounds
      .map((ground) => ({ ground, contrast: wcagContrast(colours[text] ?? '', colours[ground] ?? '') }))
      // Not a number, if one of them is not in the sheet.
      .filter(({ contrast }) => !(contrast >= least))
      .map(({ ground, contrast }) => `${text} on ${ground}: ${contrast.toFixed(2)}`),
  );
}

/** Returns the least CIEDE2000 distance of two of the colours. */
function measureLeastDistance(colours: Colours, names: readonly string[], eye: string): number {
  const seen = names.map((name) => EYES[eye]?.(parse(colours[name] ?? '') as Rgb));
  const distance = differenceCiede2000();
  const pairs = seen.flatMap((one, index) =>
    seen.slice(index + 1).map((other) => (one && other ? distance(one, other) : 0)),
  );
  return Math.min(...pairs);
}

describe.each(Object.entries(SCHEMES))('%s', (_, colours) => {
  it('text has a contrast of 4.5 on every surface', () => {
    const texts = ['ink', 'ink-2', 'ink-3', 'accent', ...LEVELS, 'neutral'];
    expect(findWeak(colours, texts, ['ground', 'surface', 'raised', 'hover', 'sunken'], 4.5)).toEqual([]);
    expect(findWeak(colours, ['stale'], ['ground', 'surface', 'raised'], 4.5)).toEqual([]);
    expect(findWeak(colours, ['stale'], ['hover', 'sunken'], 4)).toEqual([]);
    expect(findWeak(colours, ['ink-on-accent'], ['accent'], 4.5)).toEqual([]);
    expect(findWeak(colours, ['on-solid'], ['warn-solid'], 7)).toEqual([]);
    for (const tint of [...LEVELS, 'accent'])
      expect(findWeak(colours, ['ink', 'ink-2', tint], [`${tint}-soft`], 4.5)).toEqual([]);
  });

  it('graphics have a contrast of 3', () => {
    expect(findWeak(colours, ['edge', 'before', 'goal', ...SLOTS], ['surface'], 3)).toEqual([]);
  });

  it.each(Object.keys(EYES))('%s tells series and levels apart', (eye) => {
    expect(measureLeastDistance(colours, SLOTS, eye)).toBeGreaterThan(8);
    expect(measureLeastDistance(colours, SLOTS.slice(0, 4), eye)).toBeGreaterThan(12);
    expect(measureLeastDistance(colours, LEVELS, eye)).toBeGreaterThan(8);
  });
});

it('the accent of a brand is held to the surfaces of this sheet', () => {
  const listSurfaces = (colours: Colours) =>
    new Set(['ground', 'surface', 'raised', 'sunken', 'hover'].map((name) => colours[name]));
  expect(new Set(LIGHT_SURFACES)).toEqual(listSurfaces(SCHEMES.light));
  expect(new Set(DARK_SURFACES)).toEqual(listSurfaces(SCHEMES.dark));
});
