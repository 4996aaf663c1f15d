/** A small line chart of a counter, without axes or labels. */
import { setAttributes, createSvgElement } from '../page/element.js';

const [WIDTH, HEIGHT] = [120, 32];

export class Sparkline {
  readonly #line = createSvgElement('polyline', { fill: 'none', 'vector-effect': 'non-scaling-stroke' });
  readonly #area = createSvgElement('polygon', {});
  readonly root = createSvgElement(
    'svg',
    { class: 'sparkline', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    this.#area,
    this.#line,
  );

  /** @param values oldest first; null if unknown */
  show(values: readonly (number | null)[]): void {
    const known = values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
    const [min, max] = [Math.min(...known.map(({ value }) => value)), Math.max(...known.map(({ value }) => value))];
    // A constant value is drawn at the bottom.
    const height = Math.max(max - min, 1);
    const points = known.map(({ value, index }) => {
      const x = (index / Math.max(1, values.length - 1)) * WIDTH;
      return `${x.toFixed(1)},${(HEIGHT - 1.5 - ((value - min) / height) * (HEIGHT - 3)).toFixed(1)}`;
    });
    const [first, last] = [points[0]?.split(',')[0], points.at(-1)?.split(',')[0]];
    setAttributes(this.root, { 'data-points': known.length });
    setAttributes(this.#line, { points: points.join(' ') });
    setAttributes(this.#area, {
      points: known.length > 1 ? `${first},${HEIGHT} ${points.join(' ')} ${last},${HEIGHT}` : '',
    });
  }
}
