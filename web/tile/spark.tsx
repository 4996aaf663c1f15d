/** A sparkline: bars from zero for counts, a line in its range for levels and ratios; behind it the period before. */
import { Component, type JSX } from 'preact';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import type { SeriesSlot } from '../signs/series-mark.js';
import { useCalm } from './calm.js';
import type { SparkShape } from './spark-shape.js';

interface SparkProps {
  readonly shape: SparkShape;
  readonly getSlot: (name: string) => SeriesSlot | undefined;
  /** Enlarges strokes, gaps and points, for large screens. */
  readonly scale?: number;
}

/** Width and height of a drawing, CSS pixels at scale 1. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** Room above a line, and between a line and the base, share of its range. */
const LINE_MARGIN = 0.15;
/** Below this, nothing could be seen, px. */
const MIN_SIZE_PX = 8;

export function Spark({ shape: latest, getSlot, scale = 1 }: SparkProps): JSX.Element {
  const element = useRef<SVGSVGElement>(null);
  const shape = useCalm(element, latest);
  const [box, setBox] = useState<Size>();
  useEffect(() => {
    const { current } = element;
    if (!current) return undefined;
    const observer = new ResizeObserver(() => setBox({ width: current.clientWidth, height: current.clientHeight }));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  const size = useMemo(() => box && { width: box.width / scale, height: box.height / scale }, [box, scale]);
  const isVisible = size && size.width >= MIN_SIZE_PX && size.height >= MIN_SIZE_PX;
  return (
    <svg
      ref={element}
      class="spark"
      aria-hidden="true"
      {...(isVisible && { viewBox: `0 0 ${size.width} ${size.height}` })}
    >
      {isVisible && <Drawing shape={shape} size={size} getSlot={getSlot} />}
    </svg>
  );
}

interface DrawingProps extends Pick<SparkProps, 'shape' | 'getSlot'> {
  readonly size: Size;
}

/**
 * Draws for another shape or size only: a change of the number alone draws nothing. An element that is kept between
 * renderings would do so too, but it keeps its first parent as well, and with that all earlier trees in memory.
 */
class Drawing extends Component<DrawingProps> {
  override shouldComponentUpdate({ shape, size, getSlot }: DrawingProps): boolean {
    return shape !== this.props.shape || size !== this.props.size || getSlot !== this.props.getSlot;
  }

  override render({ shape, size, getSlot }: DrawingProps): JSX.Element {
    return shape.form === 'bars' ? (
      <Bars shape={shape} size={size} getSlot={getSlot} />
    ) : (
      <Line shape={shape} size={size} />
    );
  }
}

function Bars({ shape, size: { width, height }, getSlot }: DrawingProps): JSX.Element {
  const hatch = useId();
  const { values, before, slots, terms } = shape;
  const finished = values.slice(0, -1);
  const all = [...finished, ...before].map((value) => value ?? 0);
  // The running slot never sets the scale, unless it has outgrown all others.
  const top = Math.max(...all, values.at(-1) ?? 0, 1);
  const bottom = Math.min(0, ...all, values.at(-1) ?? 0);
  const base = height - 1;
  const toY = (value: number): number => base - ((value - bottom) / (top - bottom)) * (height - 3);
  const step = width / slots;
  const gap = step > 7 ? Math.max(2, step * 0.16) : Math.min(1, step / 3);
  const zero = toY(0);
  return (
    <>
      <pattern id={hatch} width="3.5" height="3.5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line class="hatch" x1="0" y1="0" x2="0" y2="3.5" />
      </pattern>
      <line class="base" x1="0" x2={width} y1={Math.round(zero) + 0.5} y2={Math.round(zero) + 0.5} />
      {values.map((value, index) => {
        if (value === null || value === 0) return null;
        const isRunning = index === values.length - 1;
        const barHeight = Math.max(1.5, Math.abs(zero - toY(value)));
        const x = index * step + gap / 2;
        const y = value > 0 ? zero - barHeight : zero;
        if (terms.length > 0 && !isRunning) {
          return (
            <Stack
              key={index}
              x={x}
              y={zero}
              width={step - gap}
              height={barHeight}
              total={value}
              index={index}
              terms={terms}
              getSlot={getSlot}
            />
          );
        }
        return (
          <rect
            key={index}
            class="bar"
            {...(isRunning && { style: { fill: `url(#${hatch})` } })}
            x={round(x)}
            y={round(y)}
            width={round(step - gap)}
            height={round(barHeight)}
            rx={Math.min(1.5, barHeight / 2)}
          />
        );
      })}
      <path class="before" d={toSteps(before, step, toY)} />
    </>
  );
}

interface StackProps extends Pick<SparkProps, 'getSlot'>, Pick<SparkShape, 'terms'> {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly total: number;
  readonly index: number;
}

/** A bar of a sum: its terms, stacked in their colours. */
function Stack({ x, y, width, height, total, index, terms, getSlot }: StackProps): JSX.Element {
  let from = y;
  return (
    <g>
      {terms.map(({ name, values }) => {
        const part = (height * Math.max(0, values[index] ?? 0)) / total;
        from -= part;
        return part < 0.3 ? null : (
          <rect
            key={name}
            class="bar"
            data-series={getSlot(name)}
            x={round(x)}
            y={round(from)}
            width={round(width)}
            height={round(Math.max(0.6, part - (part > 4 ? 1 : 0)))}
          />
        );
      })}
    </g>
  );
}

function Line({ shape, size: { width, height } }: { readonly shape: SparkShape; readonly size: Size }): JSX.Element {
  const { values, before, slots } = shape;
  const known = [...values, ...before].filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const range = most - least || Math.abs(most) || 1;
  const low = least - range * LINE_MARGIN;
  const high = most + range * LINE_MARGIN;
  const toY = (value: number): number => height - 2 - ((value - low) / (high - low)) * (height - 5);
  const step = width / slots;
  const toX = (index: number): number => (index + 0.5) * step;
  const last = values.findLastIndex((value) => value !== null);
  const end = values[last];
  return (
    <>
      <path class="before" d={toLine(before, toX, toY)} />
      <line class="base" x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} />
      <path class="line" d={toLine(values, toX, toY)} />
      {typeof end === 'number' && <circle class="end" cx={round(toX(last))} cy={round(toY(end))} r="2.75" />}
    </>
  );
}

function toLine(
  values: readonly (number | null)[],
  toX: (index: number) => number,
  toY: (value: number) => number,
): string {
  return values
    .map((value, index) => {
      if (value === null) return '';
      const isStart = (values[index - 1] ?? null) === null;
      return `${isStart ? 'M' : 'L'}${round(toX(index))} ${round(toY(value))}`;
    })
    .join('');
}

function toSteps(values: readonly (number | null)[], step: number, toY: (value: number) => number): string {
  return values
    .map(
      (value, index) =>
        `${index === 0 ? 'M' : 'L'}${round(index * step)} ${round(toY(value ?? 0))}H${round((index + 1) * step)}`,
    )
    .join('');
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}
