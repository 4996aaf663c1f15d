/** What stands on a lane beside its lines: the grid, the target, and the points and numbers at the ends of lines. */
import uPlot from 'uplot';
import type { LaneContent } from './lane-content.js';
import type { PlotStyle } from './plot-style.js';

const TARGET_WIDTH_PX = 1.25;
/** Radius of the point at the end of a line, and the edge that sets it off, pixels at a root of 16. */
const [POINT_PX, EDGE_PX] = [3, 2];
/** Distance of a text to what it belongs to, pixels at a root of 16. */
const TEXT_GAP_PX = 9;

/** Draws a line at each mark; the lowest one, or zero, is the base line. */
export function drawGrid(plot: uPlot, { scale }: LaneContent, { colours, unit }: PlotStyle): void {
  const { ctx, bbox } = plot;
  const base = scale.low < 0 && scale.high >= 0 ? 0 : scale.low;
  ctx.save();
  ctx.lineWidth = Math.max(1, Math.round(uPlot.pxRatio * unit));
  for (const tick of scale.ticks) {
    const y = Math.round(plot.valToPos(tick, 'y', true)) + (ctx.lineWidth % 2) / 2;
    ctx.strokeStyle = tick === base ? colours['line-2'] : colours.grid;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** Draws the line of the target, with its number at the end. */
export function drawTarget(plot: uPlot, { target, isNarrow }: LaneContent, style: PlotStyle): void {
  if (!target) return;
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio * style.unit;
  const y = plot.valToPos(target.number, 'y', true);
  ctx.save();
  ctx.strokeStyle = style.colours.goal;
  ctx.lineWidth = TARGET_WIDTH_PX * ratio;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  const end = bbox.left + bbox.width;
  if (isNarrow) writeText(ctx, target.text, end, y - TEXT_GAP_PX * ratio, style, 'right');
  else writeText(ctx, target.text, end + (TEXT_GAP_PX - 1) * ratio, y, style);
  ctx.restore();
}

/** Draws a point and the number at the end of each line. */
export function drawEnds(
  plot: uPlot,
  { columns, ends, slots, isNarrow, singled }: LaneContent,
  style: PlotStyle,
): void {
  const { ctx } = plot;
  const ratio = uPlot.pxRatio * style.unit;
  ctx.save();
  for (const { name, kind, at, values } of columns) {
    const last = values.findLastIndex((value) => value !== null);
    const value = values[last];
    if (kind !== 'line' || typeof value !== 'number' || (singled !== undefined && singled !== name)) continue;
    const [x, y] = [plot.valToPos(at[last] ?? 0, 'x', true), plot.valToPos(value, 'y', true)];
    ctx.fillStyle = style.series[(slots[name] ?? 1) - 1] ?? style.colours.ink;
    ctx.strokeStyle = style.colours.surface;
    ctx.lineWidth = EDGE_PX * ratio;
    ctx.beginPath();
    ctx.arc(x, y, (POINT_PX + EDGE_PX / 2) * ratio, 0, 2 * Math.PI);
    ctx.fill();
    ctx.stroke();
    const text = ends[name];
    if (text !== undefined && !isNarrow) writeText(ctx, text, x + TEXT_GAP_PX * ratio, y, style);
  }
  ctx.restore();
}

/** Writes a text that stands off from the lines behind it. */
function writeText(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  { colours, face, letterPx, unit }: PlotStyle,
  align: CanvasTextAlign = 'left',
): void {
  ctx.font = `600 ${letterPx * uPlot.pxRatio}px ${face}`;
  ctx.textAlign = align;
  ctx.textBaseline = 'middle';
  ctx.lineJoin = 'round';
  ctx.lineWidth = 4 * uPlot.pxRatio * unit;
  ctx.strokeStyle = colours.surface;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = colours.ink;
  ctx.fillText(text, x, y);
}
