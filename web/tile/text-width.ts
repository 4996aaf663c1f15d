/** Measures numbers without a layout of the page: by the widths of a canvas, once for each pattern of digits. */
import type { NumberPart } from '../../src/measures/format.js';

/** Share of the digits' size that sign, decimals and unit have: `--number-minor` of tokens.css. */
const MINOR_SHARE = 0.58;
/** Letter spacing of numbers, em: `--track-number`. */
const TRACKING_EM = -0.022;
const MEASURED_PX = 100;

const MINOR_TYPES: ReadonlySet<string> = new Set(['currency', 'percentSign', 'compact', 'unit']);

/**
 * True for what is written smaller beside the digits, and for the space before it.
 * @param parts those of the whole number
 */
export function isMinor(part: NumberPart, parts: readonly NumberPart[]): boolean {
  const { type } = part;
  if (MINOR_TYPES.has(type)) return true;
  if (type === 'literal') return MINOR_TYPES.has(parts[parts.indexOf(part) + 1]?.type ?? '');
  const isMoney = parts.some((one) => one.type === 'currency');
  const isCompact = parts.some((one) => one.type === 'compact');
  return isMoney && !isCompact && (type === 'decimal' || type === 'fraction');
}

let context: CanvasRenderingContext2D | null | undefined;
const widths = new Map<string, number>();

/** The face may arrive after the first numbers. */
document.fonts?.addEventListener('loadingdone', () => widths.clear());

/** Resolves when numbers and titles can be measured in their face, or if it cannot be loaded. */
export async function loadFace(): Promise<void> {
  const face = readFace();
  await Promise.allSettled([500, 600].map((weight) => document.fonts.load(`${weight} 1rem ${face}`)));
  widths.clear();
}

function readFace(): string {
  return getComputedStyle(document.documentElement).getPropertyValue('--face') || 'sans-serif';
}

/**
 * Returns the width of a number in em of its digits, with all digits as wide as 0.
 * @param unitShare share of the digits' size that the unit has @param minorShare that sign and decimals have
 */
export function measureNumber(parts: readonly NumberPart[], unitShare = MINOR_SHARE, minorShare = MINOR_SHARE): number {
  return parts.reduce((sum, part) => {
    const isSmall = isMinor(part, parts);
    const isUnit = part.type === 'unit' || parts[parts.indexOf(part) + 1]?.type === 'unit';
    const share = isUnit ? unitShare : isSmall ? minorShare : 1;
    return sum + measureText(part.value.replaceAll(/\p{Nd}/gu, '0'), isSmall ? 500 : 600) * share;
  }, 0);
}

/** Returns the width of a text in em. */
export function measureText(text: string, weight: 400 | 500 | 600): number {
  const key = `${weight} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    context ??= document.createElement('canvas').getContext('2d');
    if (!context) return text.length * 0.6;
    context.font = `${weight} ${MEASURED_PX}px ${readFace()}`;
    width = context.measureText(text).width / MEASURED_PX + (weight === 600 ? TRACKING_EM * text.length : 0);
    widths.set(key, width);
  }
  return width;
}

/** Returns the first text that fits, else the last. @param room em of the digits */
export function pickFitting(
  texts: readonly (readonly NumberPart[])[],
  room: number,
  measure: (parts: readonly NumberPart[]) => number = measureNumber,
): readonly NumberPart[] {
  return texts.find((parts) => measure(parts) <= room) ?? texts.at(-1) ?? [];
}
