/** The brand: colours derived from the accent, and faults of the accent, the logo and the name. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wcagContrast } from 'culori';
import { assert, integer, property, tuple } from 'fast-check';
import { createTempDirectory } from '../../test/support/temp-directory.js';
import { BrandAccent, DARK_SURFACES, LIGHT_SURFACES } from './brand-accent.js';
import { MAX_LOGO_BYTES } from './brand-logo.js';
import { loadConfig } from './load-config.js';

/** Text of the page on tints of the accent, light and dark. */
const [LIGHT_TEXT, DARK_TEXT] = ['#47505d', '#b3bac5'];

const getLeastContrast = (colour: string, others: readonly string[]): number =>
  Math.min(...others.map((other) => wcagContrast(colour, other)));

describe('an accent', () => {
  it('and the colours derived from it have a contrast of 4.5:1 on every surface of their scheme; if not, a colour that has is named', () => {
    const component = integer({ min: 0, max: 255 }).map((value) => value.toString(16).padStart(2, '0'));
    assert(
      property(tuple(component, component, component), (components) => {
        const { colours, fault = '' } = BrandAccent.parse(`#${components.join('')}`);
        const [, suggested = ''] = /such as (#[\da-f]{6})/.exec(fault) ?? [];
        const accepted = colours ?? BrandAccent.parse(suggested).colours;
        const { light = '', dark = '', softLight = '', softDark = '' } = accepted ?? {};
        expect(getLeastContrast(light, [...LIGHT_SURFACES, softLight])).toBeGreaterThanOrEqual(4.5);
        expect(getLeastContrast(dark, [...DARK_SURFACES, softDark])).toBeGreaterThanOrEqual(6.5);
        expect(wcagContrast(LIGHT_TEXT, softLight)).toBeGreaterThanOrEqual(4.5);
        expect(wcagContrast(DARK_TEXT, softDark)).toBeGreaterThanOrEqual(4.5);
      }),
      // Colours whose suggestion has less contrast once it is rounded.
      { examples: [[['90', '48', 'd8']], [['d8', '3f', 'ff']]] },
    );
  });

  it.each([
    ['#7A1FA2', { light: '#7a1fa2', dark: '#d68dff', softLight: '#f3ebf8', softDark: '#2b1d34' }],
    ['rgb(0 105 92)', { light: '#00695c', dark: '#70c3b3', softLight: '#e1f3ef', softDark: '#022b25' }],
    ['black', { light: '#000000', dark: '#b1b1b1', softLight: '#eeeeee', softDark: '#242424' }],
  ])('%s may be written as any CSS colour, and gives its hue to the dark scheme', (text, colours) => {
    expect(loadConfig({ BRAND_ACCENT: text }).config.BRAND_ACCENT).toMatchObject({ colours, fault: undefined });
  });

  it.each([
    [
      '#ffcc00',
      /^BRAND_ACCENT=#ffcc00: has a contrast of 1\.3:1 .* and text needs 4\.5:1: choose a darker colour, such as #846800\./,
    ],
    ['#7a1fa280', /: must be an opaque CSS colour/],
    ['red;}', /: must be an opaque CSS colour/],
    ['brand', /: must be an opaque CSS colour/],
  ])('%s is refused at the start', (text, fault) => {
    expect(loadConfig({ BRAND_ACCENT: text }).faults).toEqual([expect.stringMatching(fault)]);
  });
});

describe('a logo', () => {
  const writeLogo = (content: Buffer | string): string => {
    const path = join(createTempDirectory(), 'logo');
    writeFileSync(path, content);
    return path;
  };
  const png = Buffer.from('89504e470d0a1a0a', 'hex');

  it.each([
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    ['\uFEFF<?xml version="1.0"?>\n<!-- logo -->\n<!DOCTYPE svg [<!ENTITY a "b">]>\n<svg\n/>', 'image/svg+xml'],
    [png, 'image/png'],
    [Buffer.concat([png, Buffer.alloc(MAX_LOGO_BYTES - png.length)]), 'image/png'],
  ])('is recognised by its content', (content, mediaType) => {
    const { config, faults } = loadConfig({ BRAND_LOGO_FILE: writeLogo(content) });
    expect(faults).toEqual([]);
    expect(config.BRAND_LOGO_FILE.image).toEqual({ mediaType, bytes: Buffer.from(content) });
  });

  it.each([
    ['', /is neither an SVG nor a PNG file/],
    ['GIF89a <svg>', /is neither an SVG nor a PNG file/],
    [Buffer.concat([png, Buffer.alloc(MAX_LOGO_BYTES)]), /has 102408 bytes, more than 102400: shrink it/],
  ])('that cannot be shown is refused at the start', (content, fault) => {
    expect(loadConfig({ BRAND_LOGO_FILE: writeLogo(content) }).faults).toEqual([expect.stringMatching(fault)]);
  });

  it.each([
    ['/nowhere/logo.svg', /: ENOENT: no such file/],
    ['/dev/zero', /: is not a file/],
  ])('%s is refused at the start', (path, fault) => {
    expect(loadConfig({ BRAND_LOGO_FILE: path }).faults).toEqual([expect.stringMatching(fault)]);
  });
});

it.each(['a\nb', 'x'.repeat(61)])('the name %j is refused at the start', (name) => {
  expect(loadConfig({ BRAND_NAME: name }).faults).toEqual([
    expect.stringMatching(/^BRAND_NAME=.*: must be 1 to 60 characters in one line$/s),
  ]);
});
