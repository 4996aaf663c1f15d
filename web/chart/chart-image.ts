/** The chart as a picture: board, lanes and their titles on one canvas, drawn once more at the picture's size. */
import uPlot from 'uplot';
import { isolate } from '../words/isolate.js';
import { direction } from '../words/locale.js';
import type { ChartModel } from './chart-model.js';
import { getImageSource } from './image-source.js';
import { createLaneContent, GUTTERS } from './lane-content.js';
import { getCanvasHeight, getHeights, TITLE } from './lane-heights.js';
import { LanePlot } from './lane-plot.js';
import { type PlotStyle, readLightStyle } from './plot-style.js';

/** Size of the picture, and how large it draws one pixel of the design, dots. */
const [WIDTH, HEIGHT, SCALE] = [1_920, 1_080, 2];
/** Margin, room of the title, and its letters, pixels of the design. */
const [MARGIN, HEAD, TITLE_LETTERS] = [24, 32, 14];

/**
 * Draws the chart as it is shown, in light colours.
 * @returns a PNG of 1,920 x 1,080 dots
 * @throws Error if no chart is shown, or the browser gives no canvas
 */
export async function drawChartImage(): Promise<Blob> {
  const source = getImageSource();
  if (!source?.element) throw new Error('there is no chart');
  const { model, element, label } = source;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the browser gives no canvas');
  const style = readLightStyle(element, SCALE / uPlot.pxRatio);
  context.fillStyle = style.colours.surface;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  context.scale(SCALE, SCALE);
  context.textBaseline = 'middle';
  // Without these a canvas that is not part of the page writes from left to right.
  context.direction = direction.value;
  context.textAlign = direction.value === 'rtl' ? 'right' : 'left';
  write(context, style, {
    x: direction.value === 'rtl' ? WIDTH / SCALE - MARGIN : MARGIN,
    y: MARGIN + HEAD / 3,
    text: label,
    size: TITLE_LETTERS,
    colour: style.colours.ink,
  });
  // As on the page: time runs from left to right in every language, and so do the titles of a lane.
  context.textAlign = 'left';
  const width = WIDTH / SCALE - 2 * MARGIN;
  const heights = getHeights(model.lanes.length, HEIGHT / SCALE - 2 * MARGIN - HEAD, 1);
  const titles = element.querySelectorAll('.lane-title');
  let y = MARGIN + HEAD;
  for (const [index, lane] of model.lanes.entries()) {
    const hasAxis = index === model.lanes.length - 1;
    const size = { width: toCss(width), height: toCss(getCanvasHeight(heights[index] ?? 0, 1, hasAxis)) };
    const options = { unit: style.unit, ...size, hasAxis, singled: undefined };
    const plot = new LanePlot(document.createElement('div'));
    plot.draw(createLaneContent(model.definition, model.chart, lane, options), style, size);
    // uPlot draws in a microtask.
    await Promise.resolve();
    if (plot.canvas) context.drawImage(plot.canvas, MARGIN, y + TITLE, width, size.height / toCss(1));
    plot.destroy();
    if (titles[index]) writeTitle(context, style, titles[index], y + TITLE / 2);
    y += heights[index] ?? 0;
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the browser gives no picture'))), 'image/png');
  });
}

/** Converts pixels of the design to CSS pixels, in which uPlot measures: each is one or more dots. */
function toCss(length: number): number {
  return (length * SCALE) / uPlot.pxRatio;
}

interface Text {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly colour: string;
}

/** @returns where the text ends */
function write(context: CanvasRenderingContext2D, { face }: PlotStyle, { x, y, text, size, colour }: Text): number {
  context.font = `500 ${size}px ${face}`;
  context.fillStyle = colour;
  context.fillText(text, x, y);
  return x + context.measureText(text).width;
}

/** Writes the title of a lane with the marks of its series, as the page has it. */
function writeTitle(context: CanvasRenderingContext2D, style: PlotStyle, title: Element, y: number): void {
  let x = MARGIN + GUTTERS.start;
  const colour = style.colours['ink-2'];
  for (const part of title.querySelectorAll('.series-title, .lane-text')) {
    const mark = part.querySelector('.mark');
    if (mark) {
      drawMark(context, style, mark, x, y - MARK / 2);
      x += MARK + 6;
    }
    x = write(context, style, { x, y, text: readText(part), size: 12, colour }) + 10;
  }
}

/** Reads a text of the page, with its names and numbers marked as parts of their own direction. */
function readText(node: Node): string {
  const text = node.hasChildNodes() ? [...node.childNodes].map(readText).join('') : (node.nodeValue ?? '');
  return node.nodeName === 'BDI' ? isolate(text) : text;
}

/** Side of a mark, pixels of the design, which are the units of its drawing too. */
const MARK = 10;

function drawMark(context: CanvasRenderingContext2D, style: PlotStyle, mark: Element, x: number, y: number): void {
  const { series = '1' } = (mark as SVGElement).dataset;
  context.save();
  context.translate(x, y);
  context.fillStyle = context.strokeStyle = style.series[Number(series) - 1] ?? style.colours.ink;
  for (const shape of mark.children) {
    const { fill, strokeWidth } = getComputedStyle(shape);
    const path = toPath(shape);
    context.lineWidth = Number.parseFloat(strokeWidth);
    if (fill === 'none') context.stroke(path);
    else context.fill(path);
  }
  context.restore();
}

function toPath(shape: Element): Path2D {
  const read = (name: string): number => Number(shape.getAttribute(name) ?? 0);
  const path = new Path2D(shape.getAttribute('d') ?? '');
  if (shape.localName === 'circle') path.arc(read('cx'), read('cy'), read('r'), 0, 2 * Math.PI);
  if (shape.localName === 'rect') path.rect(read('x'), read('y'), read('width'), read('height'));
  return path;
}

/** Returns what the chart shows; undefined if there is none. */
export function findShownChart(): ChartModel | undefined {
  return getImageSource()?.model;
}
