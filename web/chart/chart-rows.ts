/** Rows of the chart: buckets with their numbers, the running one last, and how live numbers continue them. Pure. */
import type { CounterPeriod, DashboardHistory, GaugePeriod, PeriodRow } from '../../src/client/client.js';
import { compileMeasures, type CompiledMeasure } from '../../src/measures/derived-measure.js';
import type { DashboardDefinition } from '../../src/client/client.js';
import type { CompareWith } from '../data/period-data.js';
import type { BucketKind } from './chart-span.js';

/** From its start up to its end, milliseconds since the Unix epoch. */
export type Bucket = Pick<PeriodRow, 'start' | 'end'>;

/** What is drawn. Times are milliseconds since the Unix epoch. */
export interface ChartRows {
  readonly from: number;
  /** End of the time axis; in a running span the end of its running bucket, or of the day. */
  readonly to: number;
  readonly bucket: BucketKind;
  /** Buckets that have begun, oldest first. The last one runs if it ends after `at`. */
  readonly rows: readonly PeriodRow[];
  /** The span before, moved onto the shown one; `all` where every series has the same. */
  readonly before: ReadonlyMap<CompareWith | 'all', readonly PeriodRow[]>;
  /** Up to here the numbers are known. */
  readonly at: number;
}

/** Turns rows of the history into rows of periods. */
export function toPeriodRows({ at, step, counters, measures = {} }: DashboardHistory): PeriodRow[] {
  return at.map((start, index) => ({
    start,
    end: start + step,
    counters: Object.fromEntries(
      Object.entries(counters).map(([name, column]): [string, CounterPeriod | GaugePeriod] => {
        const value = column.value[index] ?? 0;
        return 'added' in column
          ? [name, { value, added: column.added[index] ?? 0, removed: column.removed[index] ?? 0 }]
          : [name, { value, least: column.least[index] ?? value, most: column.most[index] ?? value }];
      }),
    ),
    measures: Object.fromEntries(Object.entries(measures).map(([name, { within }]) => [name, within[index] ?? null])),
  }));
}

/** Continues rows with the numbers of a watched dashboard. */
export class RowContinuation {
  readonly #measures: readonly CompiledMeasure[];

  /** @param findTotal returns the present value of a counter or gauge; undefined if it is not watched */
  constructor(
    definition: DashboardDefinition,
    private readonly findTotal: (name: string) => number | undefined,
  ) {
    this.#measures = compileMeasures(definition.measures ?? {}, (name) => definition.counters[name]?.scale ?? 0);
  }

  /**
   * Begins the buckets up to now. No snapshot means no change: what was known last holds for the time between.
   * @returns the same rows if none has begun
   */
  advance(rows: readonly PeriodRow[], now: number): readonly PeriodRow[] {
    let last = rows.at(-1);
    if (!last || now < last.end) return rows;
    const next = [...rows];
    while (last && now >= last.end) {
      last = this.#evaluate({ start: last.end, end: last.end + (last.end - last.start), ...clear(last) });
      next.push(last);
    }
    return next;
  }

  /** @returns the rows with the present numbers in the last one; the same rows if these are in it */
  update(rows: readonly PeriodRow[]): readonly PeriodRow[] {
    const last = rows.at(-1);
    if (!last) return rows;
    let isChanged = false;
    const counters = Object.fromEntries(
      Object.entries(last.counters).map(([name, row]) => {
        const value = this.findTotal(name);
        if (value === undefined || value === row.value) return [name, row];
        isChanged = true;
        return [name, setValue(row, value)];
      }),
    );
    return isChanged ? [...rows.slice(0, -1), this.#evaluate({ ...last, counters })] : rows;
  }

  /** Works out the measures of a row whose counters are all known. */
  #evaluate(row: PeriodRow): PeriodRow {
    const { counters, measures = {} } = row;
    const evaluated = { ...measures };
    for (const { name, counters: parts, evaluate } of this.#measures) {
      if (!Object.hasOwn(measures, name) || !parts.every((part) => Object.hasOwn(counters, part))) continue;
      const text = evaluate((part) => getNumber(counters[part]));
      evaluated[name] = text === null ? null : Number(text);
    }
    return { ...row, measures: evaluated };
  }
}

function getNumber(row: CounterPeriod | GaugePeriod | undefined): number {
  if (!row) return 0;
  return 'added' in row ? row.added - row.removed : row.value;
}

/** Returns the numbers of a bucket that begins: nothing has come yet, and levels are as they were. */
function clear({ counters, measures = {} }: PeriodRow): Pick<PeriodRow, 'counters' | 'measures'> {
  return {
    counters: Object.fromEntries(
      Object.entries(counters).map(([name, { value, ...row }]) => [
        name,
        'added' in row ? { value, added: 0, removed: 0 } : { value, least: value, most: value },
      ]),
    ),
    measures,
  };
}

function setValue(row: CounterPeriod | GaugePeriod, value: number): CounterPeriod | GaugePeriod {
  if (!('added' in row)) return { value, least: Math.min(row.least, value), most: Math.max(row.most, value) };
  const change = value - row.value;
  return change > 0
    ? { value, added: row.added + change, removed: row.removed }
    : { value, added: row.added, removed: row.removed - change };
}
