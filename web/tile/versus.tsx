/** The second line of a tile: a difference to an earlier period. Good is quiet, bad is boxed. */
import type { JSX } from 'preact';
import type { DashboardDefinition } from '../../src/client/client.js';
import { formatNumber } from '../../src/measures/format.js';
import type { Delta } from '../../src/measures/levels.js';
import { formatShownNumber, getReading } from '../../src/measures/shown-number.js';
import { getCompareWith, type PeriodData } from '../data/period-data.js';
import { Arrow } from '../signs/arrow.js';
import { locale, words } from '../words/locale.js';
import { formatTime } from '../words/times.js';
import type { ShownDelta } from './shown-tile.js';

interface DeltaProps {
  readonly definition: DashboardDefinition;
  readonly name: string;
  readonly delta: Delta;
  /** True for a column of a list: `×13` in place of `1,175%`. */
  readonly isShort?: boolean;
}

/** From this growth on a factor says more than its percent. */
const MIN_FACTOR_PERCENT = 1_000;

export function DeltaSign({ definition, name, delta, isShort = false }: DeltaProps): JSX.Element {
  const { tile } = words.value;
  const good = delta.kind === 'same' ? 'same' : delta.isBetter ? 'yes' : 'no';
  return (
    <span class="delta" data-good={good}>
      <Arrow way={delta.way} />
      <bdi>
        {isShort && delta.kind === 'percent' && delta.percent >= MIN_FACTOR_PERCENT
          ? tile.times(formatNumber(Math.round(1 + delta.percent / 100), { scale: 0 }, locale.value))
          : formatDelta(definition, name, delta)}
      </bdi>
      {delta.kind !== 'same' && <span class="unseen"> {delta.isBetter ? tile.better : tile.worse}</span>}
    </span>
  );
}

/** Writes a difference: whole percent, points for percentages, an amount where the base is below zero. */
export function formatDelta(definition: DashboardDefinition, name: string, delta: Delta): string {
  const { tile } = words.value;
  switch (delta.kind) {
    case 'same':
      return formatPercent(0);
    case 'new':
      return tile.isNew;
    case 'percent':
      return formatPercent(delta.percent);
    case 'points': {
      const { scale } = getReading(definition, name);
      return tile.points(formatNumber(delta.amount.toFixed(scale), { scale }, locale.value));
    }
    case 'amount':
      return formatShownNumber(definition, name, delta.amount, locale.value, { withoutUnit: true });
  }
}

function formatPercent(percent: number): string {
  const scale = percent > 0 && percent < 1 ? 1 : 0;
  return formatNumber(percent.toFixed(scale), { scale, percent: true }, locale.value);
}

/** Names the moment that a number is compared with: `last Sat 14:03`, or in short `last Sat`. */
export function nameMoment(
  definition: DashboardDefinition,
  name: string,
  { compared }: ShownDelta,
  data: PeriodData,
  isShort = false,
): string {
  const { tile } = words.value;
  const { timeZone } = definition.resolved;
  const { row } = compared;
  const at = row.byNow?.at ?? row.start;
  const time = formatTime(at, 'time', timeZone);
  const compareWith = getCompareWith(data.period, definition.counters[name] ?? {});
  switch (data.period) {
    case 'hour':
      return compareWith === 'week' ? tile.lastWeekday(formatTime(at, 'weekday', timeZone), time) : tile.hourBefore;
    case 'day':
      if (compareWith === 'week') {
        const day = formatTime(at, 'weekday', timeZone);
        return isShort ? tile.sameWeekday(day) : tile.lastWeekday(day, time);
      }
      return compareWith === 'year' ? tile.onDate(formatTime(at, 'dateOfYear', timeZone)) : tile.yesterday(time);
    case 'week':
      return compareWith === 'year' ? tile.lastYear : tile.lastWeek;
    case 'month':
      return compareWith === 'year' ? tile.lastYear : tile.lastMonth;
    case 'year':
      return tile.lastYear;
  }
}
