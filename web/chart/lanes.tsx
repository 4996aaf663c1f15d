/** The lanes of a chart: their canvases and titles, one below the other on one time axis. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Lane } from './lane.js';
import { createLaneContent, GUTTERS, NARROW } from './lane-content.js';
import { LanePlot, type PlotSize } from './lane-plot.js';
import type { ChartModel } from './chart-model.js';
import { type PlotStyle, readPlotStyle, useStyleVersion } from './plot-style.js';
import { setImageSource } from './chart-image.js';

/** Room of a lane's title, and between two lanes, pixels at a root of 16. */
export const [TITLE, GAP] = [18, 8];

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
  const [size, setSize] = useState<PlotSize>({ width: 0, height: 0 });
  useStyleVersion();
  useEffect(() => {
    const { current } = root;
    if (!current) return undefined;
    const observer = new ResizeObserver(() => setSize({ width: current.clientWidth, height: current.clientHeight }));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const { current } = plots;
    return () => {
      for (const plot of current.values()) plot.destroy();
    };
  }, []);
  const style = root.current ? readPlotStyle(root.current) : undefined;
  const width = style ? size.width / style.unit : 0;
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
  useEffect(() => setImageSource(() => ({ model, element: root.current })));
  return (
    <div ref={root} class="lanes" dir="ltr">
      <div role="img" aria-label={label}>
        {model.lanes.map((lane, index) => (
          <div
            key={getLaneKey(lane)}
            class="lane"
            data-lane={getLaneKey(lane)}
            style={{ height: `${heights[index] ?? 0}px` }}
            {...(singled !== undefined && !lane.series.some(({ name }) => name === singled) && { 'data-faded': '' })}
          >
            <div class="canvas" />
          </div>
        ))}
      </div>
      {children}
      {model.lanes.map((lane, index) => (
        <div
          key={getLaneKey(lane)}
          class="lane-title"
          style={{ insetBlockStart: `${heights.slice(0, index).reduce((sum, one) => sum + one, 0)}px` }}
        >
          {renderTitle(lane)}
        </div>
      ))}
    </div>
  );
}

/** A lane with the same series keeps its canvas, whatever its form. */
export function getLaneKey({ series }: Lane): string {
  return series.map(({ name }) => name).join(' ');
}

/** Returns the height of each lane with its title, CSS pixels; the last one has the time axis. */
export function getHeights(count: number, height: number, unit: number): number[] {
  if (count === 0 || height === 0) return [];
  const axis = Math.round((GUTTERS.axis - GUTTERS.under) * unit);
  const gap = Math.round(GAP * unit);
  const each = Math.floor((height - axis - gap * (count - 1)) / count);
  return Array.from({ length: count }, (_, index) => each + (index === count - 1 ? axis : gap));
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

export function drawLanes({ model, singled, style, size, heights, root, plots }: Drawing): void {
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
    const height = (heights[index] ?? 0) - Math.round(TITLE * unit) - (hasAxis ? 0 : Math.round(GAP * unit));
    const content = createLaneContent(definition, chart, lane, { unit, width: size.width, height, hasAxis, singled });
    plot.draw(content, style, { width: size.width, height });
  }
}
