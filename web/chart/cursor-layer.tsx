/** The cursor with its numbers. Only this part is drawn again while the pointer moves. */
import type { JSX } from 'preact';
import type { Signal } from '@preact/signals';
import { Lazy } from '../app/lazy.js';
import { words } from '../words/locale.js';
import type { ChartModel, CursorPlace } from './chart-model.js';
import { Cursor } from './cursor.js';
import { readBucket, type Readout } from './readout.js';
import type { Reason } from './reason-feed.js';
import { Reading, Tip } from './tip.js';

const loadMarks = async () => (await import('./marks.js')).Marks;

interface CursorLayerProps {
  readonly model: ChartModel;
  readonly cursor: Signal<CursorPlace | undefined>;
  readonly reasons: readonly Reason[];
  readonly versus: string | undefined;
  /** False where the numbers stand below the chart. */
  readonly hasTip: boolean;
  readonly onZoom: (from: number, to: number) => void;
  readonly onZoomBack: () => void;
}

export function CursorLayer(props: CursorLayerProps): JSX.Element {
  const { model, cursor, reasons, versus, hasTip, onZoom, onZoomBack } = props;
  const { chart: texts } = words.value;
  const { chart, buckets } = model;
  const place = cursor.value;
  const bucket = place && buckets.find(({ start }) => start === place.start);
  const readout = bucket && readBucket(model, bucket, reasons);
  const toShare = (ms: number): number => (ms - chart.from) / (chart.to - chart.from);
  return (
    <Cursor
      model={model}
      cursor={cursor}
      onZoom={onZoom}
      onZoomBack={onZoomBack}
      label={texts.cursor}
      text={readout ? sayReadout(readout) : texts.noCursor}
    >
      {reasons.length > 0 && <Lazy load={loadMarks} props={{ model, reasons }} />}
      {readout && bucket && hasTip && place.by !== 'finger' && (
        <Tip
          readout={readout}
          versus={versus}
          share={[toShare(bucket.start), toShare(bucket.end)]}
          height={place.height}
        />
      )}
    </Cursor>
  );
}

interface ReadingBelowProps extends Pick<CursorLayerProps, 'model' | 'cursor' | 'reasons' | 'versus'> {
  /** True to show the latest numbers while there is no cursor, so that nothing moves. */
  readonly isAlways: boolean;
}

/** Numbers below the chart: on narrow screens, and wherever a finger moves the cursor. */
export function ReadingBelow({ model, cursor, reasons, versus, isAlways }: ReadingBelowProps): JSX.Element | null {
  const place = cursor.value;
  if (!isAlways && place?.by !== 'finger') return null;
  const bucket = model.buckets.find(({ start }) => start === place?.start) ?? model.chart.rows.at(-1);
  return bucket ? (
    <div class="read">
      <Reading readout={readBucket(model, bucket, reasons)} versus={versus} />
    </div>
  ) : null;
}

/** Says the numbers at the cursor in one sentence. */
function sayReadout({ time, rows, notes }: Readout): string {
  const numbers = rows.map(({ title, number, difference }) =>
    difference === undefined ? `${title} ${number}` : `${title} ${number}, ${difference}`,
  );
  return [time, ...numbers, ...notes].join('; ');
}
