/** Marks on the time axis where a change of a shown series has a reason, written out where there is room. */
import type { JSX } from 'preact';
import { words } from '../words/locale.js';
import type { Window } from './brush-span.js';
import type { ChartModel } from './chart-model.js';
import type { Reason } from './reason-feed.js';
import './marks.css';

interface MarksProps {
  readonly model: ChartModel;
  /** Those within the chart that concern its series. */
  readonly reasons: readonly Reason[];
}

interface Mark {
  readonly at: number;
  readonly text: string;
}

/** With more marks than this, none is written out. */
const MAX_WRITTEN = 12;

export function Marks({ model, reasons }: MarksProps): JSX.Element {
  const { from, to } = model.chart;
  const marks = listMarks(model, reasons);
  return (
    <div class="marks" aria-hidden="true">
      {marks.map(({ at, text }, index) => {
        const toShare = (ms: number): number => (ms - from) / (to - from);
        const [share, side] = [toShare(at), getSide(marks, index, { from, to })];
        return (
          <span
            key={at}
            class="mark-line"
            style={{ '--from': share, '--room': toShare(from + side.roomMs) }}
            {...(side.isBefore && { 'data-before': '' })}
          >
            <svg class="flag" viewBox="0 0 9 11">
              <path d="M0 0h9v6.5L4.5 11 0 6.5z" />
            </svg>
            {marks.length <= MAX_WRITTEN && <bdi>{text}</bdi>}
          </span>
        );
      })}
    </div>
  );
}

/** The text of the last mark stands before it where there is more room than behind it. */
function getSide(
  marks: readonly Mark[],
  index: number,
  { from, to }: Window,
): { readonly isBefore: boolean; readonly roomMs: number } {
  const at = marks[index]?.at ?? from;
  const next = marks[index + 1]?.at;
  if (next !== undefined) {
    // Two texts share the room between the last marks.
    const isShared = index === marks.length - 2 && getSide(marks, index + 1, { from, to }).isBefore;
    return { isBefore: false, roomMs: (next - at) / (isShared ? 2 : 1) };
  }
  const previous = marks[index - 1]?.at;
  const roomBeforeMs = previous === undefined ? at - from : (at - previous) / 2;
  const isBefore = roomBeforeMs > to - at;
  return { isBefore, roomMs: isBefore ? roomBeforeMs : to - at };
}

/** Reasons of one bucket share a mark, at the first of them. */
function listMarks(model: ChartModel, reasons: readonly Reason[]): Mark[] {
  const byBucket = new Map<number, Reason[]>();
  for (const reason of reasons) {
    const bucket = model.buckets.find(({ start, end }) => reason.at >= start && reason.at < end);
    const key = bucket?.start ?? reason.at;
    byBucket.set(key, [...(byBucket.get(key) ?? []), reason]);
  }
  return [...byBucket.values()]
    .map((all) => {
      const texts = new Set(all.map(({ reason }) => reason));
      const [text = ''] = texts;
      return { at: all[0]?.at ?? 0, text: texts.size > 1 ? words.value.chart.changes(all.length) : text };
    })
    .toSorted((a, b) => a.at - b.at);
}
