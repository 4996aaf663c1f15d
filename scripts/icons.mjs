/**
 * `npm run icons`: draws `web/icons/icon.svg` as the PNG files that an installed page needs, in `web/icons`. The
 * maskable one fills the whole square, because systems cut it to a shape of their own.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { requireTools, ROOT } from './tools.mjs';

const ICON_DIRECTORY = `${ROOT}web/icons/`;
/** Share of a maskable icon that no system cuts off: its inner circle (W3C Web App Manifest, "safe zone"). */
const SAFE_SHARE = 0.8;

const { Resvg } = requireTools()('@resvg/resvg-js');

/** @param width width and height of the picture, pixels */
function writePng(name, svg, width) {
  const png = new Resvg(svg, { fitTo: { mode: 'width', value: width } }).render().asPng();
  writeFileSync(ICON_DIRECTORY + name, png);
  process.stdout.write(`web/icons/${name}: ${png.length} bytes\n`);
}

/** Returns the icon on a square of its own background colour, small enough to stay whole in any shape. */
function makeMaskable(svg) {
  const [, background] = /<rect[^>]* fill="([^"]+)"/.exec(svg);
  const size = `${SAFE_SHARE * 100}%`;
  const offset = `${((1 - SAFE_SHARE) / 2) * 100}%`;
  const inner = svg.replace('<svg', `<svg x="${offset}" y="${offset}" width="${size}" height="${size}"`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512"><rect width="100%" height="100%" fill="${background}"/>${inner}</svg>`;
}

const icon = readFileSync(`${ICON_DIRECTORY}icon.svg`, 'utf8');
writePng('icon-192.png', icon, 192);
writePng('icon-512.png', icon, 512);
writePng('maskable-512.png', makeMaskable(icon), 512);
