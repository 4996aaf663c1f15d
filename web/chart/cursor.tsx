/**
 * What lies over all lanes: the cursor, the present, and the stretch that is being chosen. The pointer moves the cursor
 * and drags a stretch to zoom into; the arrow keys move it too. None of this draws on a canvas.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Bucket } from './readout.js';

interface CursorProps {
  readonly from: number;
  readonly to: number;
  /** The present, or the last time that is known; undefined if the span is over. */
  readonly now: number | undefined;
  readonly buckets: readonly Bucket[];
  /** Index of the bucket at the cursor. */
  readonly cursor: number | undefined;
  readonly onCursor: (index: number | undefined, isTouch: boolean) => void;
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

export function Cursor(props: CursorProps): JSX.Element {
  const { from, to, now, buckets, cursor, onCursor, onZoom, onZoomBack, label, text, children } = props;
  const area = useRef<HTMLDivElement>(null);
  const start = useRef<number | undefined>(undefined);
  const [stretch, setStretch] = useState<readonly [number, number] | undefined>();
  const toShare = (ms: number): number => Math.min(1, Math.max(0, (ms - from) / (to - from)));
  const toTime = ({ clientX }: PointerEvent): number => {
    const box = area.current?.getBoundingClientRect();
    return box ? from + Math.min(1, Math.max(0, (clientX - box.left) / box.width)) * (to - from) : from;
  };
  const moveTo = (event: PointerEvent): void => {
    const time = toTime(event);
    const found = buckets.findIndex((bucket) => bucket.start <= time && time < bucket.end);
    onCursor(found < 0 ? undefined : found, event.pointerType === 'touch');
  };
  const at = cursor === undefined ? undefined : buckets[cursor];
  const stop = (): void => {
    start.current = undefined;
    setStretch(undefined);
  };
  return (
    <div
      ref={area}
      class="over"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, buckets.length - 1)}
      aria-valuenow={cursor ?? Math.max(0, buckets.length - 1)}
      aria-valuetext={text}
      onKeyDown={(event) => {
        const last = buckets.length - 1;
        const moved = moveByKey(event.key, cursor, last);
        if (moved === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        onCursor(moved === 'none' ? undefined : moved, false);
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        if (event.pointerType !== 'touch') {
          start.current = event.clientX;
          event.currentTarget.setPointerCapture(event.pointerId);
        }
        moveTo(event);
      }}
      onPointerMove={(event) => {
        moveTo(event);
        if (start.current === undefined || Math.abs(event.clientX - start.current) < MIN_DRAG_PX) return;
        const box = area.current?.getBoundingClientRect();
        if (!box) return;
        const first = from + Math.min(1, Math.max(0, (start.current - box.left) / box.width)) * (to - from);
        setStretch([Math.min(first, toTime(event)), Math.max(first, toTime(event))]);
      }}
      onPointerUp={() => {
        if (stretch) onZoom(...snap(stretch, buckets));
        stop();
      }}
      onPointerCancel={stop}
      onPointerLeave={(event) => {
        if (start.current === undefined && event.pointerType !== 'touch') onCursor(undefined, false);
      }}
      onDblClick={onZoomBack}
    >
      {at && (
        <>
          <span class="at" style={{ '--from': toShare(at.start), '--to': toShare(at.end) }} />
          <span class="line" style={{ '--from': toShare((at.start + at.end) / 2) }} />
        </>
      )}
      {now !== undefined && now < to && <span class="now" style={{ '--from': toShare(now) }} />}
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

function moveByKey(key: string, cursor: number | undefined, last: number): number | 'none' | undefined {
  if (last < 0) return undefined;
  const clamp = (index: number): number => Math.min(last, Math.max(0, index));
  switch (key) {
    case 'ArrowLeft':
      return clamp((cursor ?? last + 1) - 1);
    case 'ArrowRight':
      return clamp((cursor ?? last - 1) + 1);
    case 'PageUp':
      return clamp((cursor ?? last) - PAGE);
    case 'PageDown':
      return clamp((cursor ?? last) + PAGE);
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
