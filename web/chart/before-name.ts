/** Names the span that a chart is compared with. */
import type { CompareWith } from '../data/period-data.js';
import { getCompareWith } from '../data/period-data.js';
import { getPresentation } from '../../src/measures/shown-number.js';
import { words } from '../words/locale.js';
import { DAY_MS, formatTime } from '../words/times.js';
import type { ChartModel } from './chart-model.js';
import type { SpanShift } from './chart-span.js';

export interface BeforeName {
  /** As a key of the legend: `Last Saturday`. */
  readonly title: string;
  /** Over differences: `vs last Sat`. */
  readonly versus: string;
}

/** @returns undefined if nothing is compared */
export function nameBefore(model: ChartModel, isPast: boolean): BeforeName | undefined {
  const { span, lanes } = model;
  if (!lanes.some(({ series }) => series.some(({ before }) => before.length > 0))) return undefined;
  return span.kind === 'day' ? nameEarlierDay(model, isPast) : span.shift && nameShift(span.shift);
}

function nameEarlierDay({ definition, chart, lanes }: ChartModel, isPast: boolean): BeforeName {
  const { before, versus, onDate } = words.value.chart;
  const all = lanes.flatMap(({ series }) =>
    series.map(({ name }) => getCompareWith('day', getPresentation(definition, name))),
  );
  const [first, ...others] = new Set<CompareWith>(all);
  if (first === undefined || others.length > 0) return { title: before.mixed, versus: versus.mixed };
  if (first === 'year') return { title: before.year, versus: versus.year };
  const { timeZone } = definition.resolved;
  // Noon, since a day of the calendar may last 23 hours.
  const day = chart.from - (first === 'week' ? 7 : 1) * DAY_MS + DAY_MS / 2;
  if (isPast) {
    const date = formatTime(day, 'day', timeZone);
    return { title: date, versus: onDate(date) };
  }
  if (first === 'previous') return { title: before.yesterday, versus: versus.yesterday };
  return {
    title: before.lastWeekday(formatTime(day, 'weekdayLong', timeZone)),
    versus: versus.lastWeekday(formatTime(day, 'weekday', timeZone)),
  };
}

function nameShift({ hours, days }: SpanShift): BeforeName {
  const { before, versus } = words.value.chart;
  const key = hours !== undefined ? 'hour' : days === 7 ? 'week' : days === 28 ? 'fourWeeks' : 'year';
  return { title: before[key], versus: versus[key] };
}
