/** Signs of levels: each has a form of its own, so that colour only repeats what the form says. */
import { createSvgElement } from './element.js';

/** Outlines in a square of 16: disc, triangle, diamond. */
const SHAPES = {
  good: 'M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12z',
  warn: 'M8 1.5L15 14H1z',
  bad: 'M8 0.5L15.5 8L8 15.5L0.5 8z',
} as const;
const WORDS = { good: 'Good', warn: 'Warning', bad: 'Bad' } as const;

export function createLevelSign(level: keyof typeof SHAPES): SVGSVGElement {
  return createSvgElement(
    'svg',
    { class: 'sign', viewBox: '0 0 16 16', role: 'img', 'aria-label': WORDS[level] },
    createSvgElement('path', { d: SHAPES[level], fill: 'currentColor' }),
  );
}
