/**
 * `npm run font`: writes the page's typeface to `web/font`. It is Inter, cut down to the characters and features that
 * the page uses, with the weights 400 to 700 as one variable axis. The copyright line names no Reserved Font Name, so
 * that the subset may keep the name (OFL 1.1, section 3).
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { requireTools, ROOT } from './tools.mjs';

const FONT_DIRECTORY = `${ROOT}web/font/`;
/** Largest size of the file, bytes: its share of what a first visit may load. */
const MAX_BYTES = 25_000;
/** Code points: ASCII, the letters of Western Europe, and the signs of titles, money and numbers. */
const RANGES = [
  [0x20, 0x7e],
  [0xa0, 0xa1],
  [0xa3, 0xa3],
  [0xa5, 0xa5],
  [0xab, 0xab],
  [0xb0, 0xb1],
  [0xb7, 0xb7],
  [0xbb, 0xbb],
  [0xbf, 0xff],
  [0x152, 0x153],
  [0x2013, 0x2014],
  [0x2018, 0x201a],
  [0x201c, 0x201e],
  [0x2026, 0x2026],
  [0x20ac, 0x20ac],
  [0x2212, 0x2212],
];
/** OpenType features: tabular digits, colons at the height of the digits around them, kerning, and accents. */
const FEATURES = ['tnum', 'calt', 'kern', 'ccmp'];

const require = requireTools();
const subsetFont = require('subset-font');
const source = require.resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2');

const characters = RANGES.flatMap(([first, last]) =>
  Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)),
).join('');
const font = await subsetFont(readFileSync(source), characters, {
  targetFormat: 'woff2',
  variationAxes: { wght: { min: 400, max: 700 } },
  keepFeatures: FEATURES,
});
if (font.length > MAX_BYTES) throw new Error(`the font has ${font.length} bytes: more than ${MAX_BYTES}`);

const toHex = (codePoint) => codePoint.toString(16).toUpperCase().padStart(4, '0');
const unicodeRange = RANGES.map(([first, last]) =>
  first === last ? `U+${toHex(first)}` : `U+${toHex(first)}-${toHex(last)}`,
);
writeFileSync(`${FONT_DIRECTORY}inter.woff2`, font);
const cssFile = `${FONT_DIRECTORY}inter.css`;
const css = `/* Inter, written by \`npm run font\`. Characters outside of the range come from the next font of the stack. */
@font-face {
  font-family: Inter;
  font-style: normal;
  font-weight: 400 700;
  font-display: swap;
  src: url('./inter.woff2') format('woff2');
  unicode-range: ${unicodeRange.join(', ')};
}`;
writeFileSync(cssFile, await format(css, { ...(await resolveConfig(cssFile)), parser: 'css' }));
copyFileSync(
  `${dirname(require.resolve('@fontsource-variable/inter/package.json'))}/LICENSE`,
  `${FONT_DIRECTORY}OFL.txt`,
);
process.stdout.write(`web/font/inter.woff2: ${font.length} bytes, ${characters.length} characters\n`);
