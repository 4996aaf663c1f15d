/** The lanes of a chart: their canvases and titles, one below the other on one time axis. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Lane } from './lane.js';
import { setImageSource } from './image-source.js';
import { createLaneContent, NARROW } from './lane-content.js';
import { getCanvasHeight, getHeights, getLaneKey, TITLE } from './lane-heights.js';
import { LanePlot, type PlotSize } from './lane-plot.js';
import type { ChartModel } from './chart-model.js';
import { type PlotStyle, readLightStyle, readPlotStyle } from './plot-style.js';
import { useStyleVersion } from './style-version.js';
import { direction } from '../words/locale.js';

interface LanesProps {
  readonly model: ChartModel;
  readonly singled: string | undefined;
  /** Sentence for those who cannot see the drawing. */
  readonly label: string;
  readonly renderTitle: (lane: Lane) => JSX.Element;
  readonly children?: ComponentChildren;
  readonly onWidth: (widthRem: number, isNarrow: boolean) => void;
  readonly onError: (error: unknown) => void;
}

export function Lanes({ model, singled, label, renderTitle, children, onWidth, onError }: LanesProps): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const plots = useRef(new Map<string, LanePlot>());
  const [screen, setScreen] = useState<PlotSize>({ width: 0, height: 0 });
  const isPrinting = useStyleVersion();
  useEffect(() => {
    const { current } = root;
    if (!current) return undefined;
    const observer = new ResizeObserver(() => setScreen({ width: current.clientWidth, height: current.clientHeight }));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const { current } = plots;
    return () => {
      for (const plot of current.values()) plot.destroy();
    };
  }, []);
  const { style, size, scale } = getPaper(root.current, screen, isPrinting);
  const width = style && !isPrinting ? size.width / style.unit : 0;
  useEffect(() => {
    if (width > 0) onWidth(width / 16, width < NARROW);
  }, [width]);
  const heights = style ? getHeights(model.lanes.length, size.height, style.unit) : [];
  useLayoutEffect(() => {
    if (!style || !root.current) return;
    try {
      drawLanes({ model, singled, style, size, heights, root: root.current, plots: plots.current });
    } catch (error) {
      onError(error);
    }
  });
  useEffect(() => setImageSource(() => ({ model, element: root.current, label })));
  return (
    <div ref={root} class="lanes" dir="ltr">
      <div role="img" aria-label={label}>
        {model.lanes.map((lane, index) => (
          <div
            key={getLaneKey(lane)}
            class="lane"
            data-lane={getLaneKey(lane)}
            style={{ height: `${(heights[index] ?? 0) / scale}px` }}
            {...(singled !== undefined && !lane.series.some(({ name }) => name === singled) && { 'data-faded': '' })}
          >
            <div class="canvas" dir={direction.value} {...(isPrinting && { style: { zoom: 1 / scale } })} />
          </div>
        ))}
      </div>
      {children}
      {model.lanes.map((lane, index) => (
        <div
          key={getLaneKey(lane)}
          class="lane-title"
          style={{ insetBlockStart: `${heights.slice(0, index).reduce((sum, one) => sum + one, 0) / scale}px` }}
        >
          {renderTitle(lane)}
        </div>
      ))}
    </div>
  );
}

/**
 * Size of the plot on paper and of the root's letters there, CSS pixels: print.css. Drawn with so many dots a pixel.
 */
const [PRINT, PRINT_ROOT_PX, PRINT_SCALE] = [{ width: 664, height: 300 }, 11, 2];

/** What lanes are drawn on: the screen, or paper, larger than it is and scaled down. */
function getPaper(
  root: HTMLElement | null,
  screen: PlotSize,
  isPrinting: boolean,
): { readonly style: PlotStyle | undefined; readonly size: PlotSize; readonly scale: number } {
  if (!root) return { style: undefined, size: screen, scale: 1 };
  if (!isPrinting) return { style: readPlotStyle(root), size: screen, scale: 1 };
  const unit = (PRINT_ROOT_PX / 16) * PRINT_SCALE;
  const marks = root.closest('[data-marks]') ? TITLE * unit : 0;
  const size = { width: PRINT.width * PRINT_SCALE, height: PRINT.height * PRINT_SCALE - marks };
  return { style: readLightStyle(root, unit), size, scale: PRINT_SCALE };
}

interface Drawing {
  readonly model: ChartModel;
  readonly singled: string | undefined;
  readonly style: PlotStyle;
  readonly size: PlotSize;
  readonly heights: readonly number[];
  readonly root: HTMLElement;
  /** By lane; those of lanes that are gone are destroyed. */
  readonly plots: Map<string, LanePlot>;
}

function drawLanes({ model, singled, style, size, heights, root, plots }: Drawing): void {
  const { definition, chart, lanes } = model;
  const { unit } = style;
  const keys = new Set(lanes.map(getLaneKey));
  for (const [key, plot] of plots) {
    if (keys.has(key)) continue;
    plot.destroy();
    plots.delete(key);
  }
  for (const [index, lane] of lanes.entries()) {
    const key = getLaneKey(lane);
    const element = root.querySelector<HTMLElement>(`[data-lane="${key}"] .canvas`);
    if (!element) continue;
    let plot = plots.get(key);
    if (!plot) plots.set(key, (plot = new LanePlot(element)));
    const hasAxis = index === lanes.length - 1;
    const height = getCanvasHeight(heights[index] ?? 0, unit, hasAxis);
    const content = createLaneContent(definition, chart, lane, { unit, width: size.width, height, hasAxis, singled });
    plot.draw(content, style, { width: size.width, height });
  }
}
