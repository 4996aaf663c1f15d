/** Marks on the time axis where a change of a shown series has a reason, written out where there is room. */
import type { JSX } from 'preact';
import { listCountersOf } from '../../src/measures/derived-measure.js';
import { words } from '../words/locale.js';
import type { ChartModel } from './chart-model.js';
import type { Reason } from './reason-feed.js';

interface MarksProps {
  readonly model: ChartModel;
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
        const share = (at - from) / (to - from);
        const room = ((marks[index + 1]?.at ?? to) - at) / (to - from);
        return (
          <span key={at} class="mark-line" style={{ '--from': share, '--room': room }}>
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

/** Returns the reasons within the chart that concern its series. */
export function listShownReasons({ definition, lanes, chart }: ChartModel, reasons: readonly Reason[]): Reason[] {
  const shown = new Set(
    lanes.flatMap(({ series }) =>
      series.flatMap(({ name }) => {
        const measure = Object.hasOwn(definition.measures ?? {}, name) ? definition.measures?.[name] : undefined;
        return measure ? listCountersOf(measure) : [name];
      }),
    ),
  );
  return reasons.filter(
    ({ at, counters }) => at >= chart.from && at < chart.to && counters.some((counter) => shown.has(counter)),
  );
}

/** Reasons of one bucket share a mark, at the first of them. */
function listMarks(model: ChartModel, reasons: readonly Reason[]): Mark[] {
  const byBucket = new Map<number, Reason[]>();
  for (const reason of listShownReasons(model, reasons)) {
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
