/** The room of each lane of a chart. Pure. */
import type { Lane } from './lane.js';
import { GUTTERS } from './lane-content.js';

/** Room of a lane's title, and between two lanes, pixels at a root of 16. */
export const [TITLE, GAP] = [18, 8];

/** Returns an id: a lane with the same series keeps its canvas, whatever its form. */
export function getLaneKey({ series }: Lane): string {
  return series.map(({ name }) => name).join('.');
}

/** Returns the height of each lane with its title, CSS pixels; the last one has the time axis. */
export function getHeights(count: number, height: number, unit: number): number[] {
  if (count === 0 || height === 0) return [];
  const axis = Math.round((GUTTERS.axis - GUTTERS.under) * unit);
  const gap = Math.round(GAP * unit);
  const each = Math.floor((height - axis - gap * (count - 1)) / count);
  return Array.from({ length: count }, (_, index) => each + (index === count - 1 ? axis : gap));
}

/** Returns the height of a lane's canvas. @param height of the lane */
export function getCanvasHeight(height: number, unit: number, isLast: boolean): number {
  return height - Math.round(TITLE * unit) - (isLast ? 0 : Math.round(GAP * unit));
}
