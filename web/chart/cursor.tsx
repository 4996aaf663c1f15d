/**
 * What lies over all lanes: the cursor, the present, marks, and the stretch that is being chosen. The pointer moves the
 * cursor and drags a stretch to zoom into; the arrow keys move it too. None of this draws on a canvas.
 */
import type { ComponentChildren, JSX } from 'preact';
import type { Signal } from '@preact/signals';
import { useRef, useState } from 'preact/hooks';
import type { ChartModel, CursorPlace } from './chart-model.js';
import type { Bucket } from './chart-rows.js';

interface CursorProps {
  readonly model: ChartModel;
  readonly cursor: Signal<CursorPlace | undefined>;
  readonly onZoom: (from: number, to: number) => void;
  readonly onZoomBack: () => void;
  readonly label: string;
  /** The numbers at the cursor in a sentence. */
  readonly text: string;
  readonly children?: ComponentChildren;
}

/** A pointer that moves less has clicked, CSS pixels. */
const MIN_DRAG_PX = 6;
/** Buckets that a page key moves by. */
const PAGE = 10;

export function Cursor({ model, cursor, onZoom, onZoomBack, label, text, children }: CursorProps): JSX.Element {
  const { from, to, at: now } = model.chart;
  const { buckets } = model;
  const area = useRef<HTMLDivElement>(null);
  const start = useRef<number | undefined>(undefined);
  const [stretch, setStretch] = useState<readonly [number, number] | undefined>();
  const toShare = (ms: number): number => Math.min(1, Math.max(0, (ms - from) / (to - from)));
  const toPlace = ({ clientX, clientY }: PointerEvent): { readonly time: number; readonly height: number } => {
    const box = area.current?.getBoundingClientRect() ?? new DOMRect();
    const clamp = (share: number): number => Math.min(1, Math.max(0, share));
    return {
      time: from + clamp((clientX - box.left) / box.width) * (to - from),
      height: clamp((clientY - box.top) / box.height),
    };
  };
  const moveTo = (event: PointerEvent): void => {
    const { time, height } = toPlace(event);
    const found = buckets.find((bucket) => bucket.start <= time && time < bucket.end);
    const by = event.pointerType === 'touch' ? 'finger' : 'pointer';
    cursor.value = found && { start: found.start, height, by };
  };
  const stop = (): void => {
    start.current = undefined;
    setStretch(undefined);
  };
  const index = buckets.findIndex((bucket) => bucket.start === cursor.value?.start);
  const bucket = buckets[index];
  return (
    <div
      ref={area}
      class="over"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, buckets.length - 1)}
      aria-valuenow={index < 0 ? Math.max(0, buckets.length - 1) : index}
      aria-valuetext={text}
      onKeyDown={(event) => {
        const moved = moveByKey(event.key, index < 0 ? undefined : index, model);
        if (moved === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        const next = moved === 'none' ? undefined : buckets[moved];
        cursor.value = next && { start: next.start, height: 0, by: 'keys' };
      }}
      onBlur={() => (cursor.value = undefined)}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        if (event.pointerType !== 'touch') {
          start.current = toPlace(event).time;
          event.currentTarget.setPointerCapture(event.pointerId);
        }
        moveTo(event);
      }}
      onPointerMove={(event) => {
        moveTo(event);
        const { current } = start;
        const { time } = toPlace(event);
        const width = area.current?.clientWidth ?? 1;
        if (current === undefined || Math.abs(toShare(time) - toShare(current)) * width < MIN_DRAG_PX) return;
        setStretch([Math.min(current, time), Math.max(current, time)]);
      }}
      onPointerUp={() => {
        if (stretch) onZoom(...snap(stretch, buckets));
        stop();
      }}
      onPointerCancel={stop}
      onPointerLeave={(event) => {
        if (start.current === undefined && event.pointerType !== 'touch') cursor.value = undefined;
      }}
      onDblClick={onZoomBack}
    >
      {bucket && (
        <>
          <span class="at" style={{ '--from': toShare(bucket.start), '--to': toShare(bucket.end) }} />
          <span class="line" style={{ '--from': toShare((bucket.start + bucket.end) / 2) }} />
        </>
      )}
      {now < to && <span class="now" style={{ '--from': toShare(now) }} />}
      {stretch && <span class="stretch" style={{ '--from': toShare(stretch[0]), '--to': toShare(stretch[1]) }} />}
      {children}
    </div>
  );
}

/** Widens a stretch to whole buckets. */
function snap([from, to]: readonly [number, number], buckets: readonly Bucket[]): [number, number] {
  const first = buckets.find(({ end }) => end > from)?.start ?? from;
  const last = buckets.findLast(({ start }) => start < to)?.end ?? to;
  return [first, last];
}

/** Without a cursor, the arrow keys begin at the running bucket. */
function moveByKey(key: string, cursor: number | undefined, model: ChartModel): number | 'none' | undefined {
  const last = model.buckets.length - 1;
  const running = Math.max(0, model.chart.rows.length - 1);
  if (last < 0) return undefined;
  const move = (by: number): number => (cursor === undefined ? running : Math.min(last, Math.max(0, cursor + by)));
  switch (key) {
    case 'ArrowLeft':
      return move(-1);
    case 'ArrowRight':
      return move(1);
    case 'PageUp':
      return move(-PAGE);
    case 'PageDown':
      return move(PAGE);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'Escape':
      return cursor === undefined ? undefined : 'none';
    default:
      return undefined;
  }
}
