/**
 * Reads a running period in its parts, and the periods that it is compared with. Parts of finished periods are read
 * once. The numbers of the running one are those of the latest read: live numbers go on from there.
 */
import {
  type DashboardHistory,
  type DashboardPeriods,
  type Period,
  type PeriodRow,
  readHistory,
  readPeriods,
} from '../../src/client/client.js';
import type { TokenOptions } from '../auth/session-token.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../words/times.js';
import type { CompareWith, ComparedPeriod, PeriodData } from './period-data.js';

/** The periods that another one consists of, and their most: a day has 25 hours when clocks go back. */
const PARTS: Readonly<Record<Exclude<Period, 'hour'>, { readonly period: Period; readonly most: number }>> = {
  day: { period: 'hour', most: 26 },
  week: { period: 'day', most: 7 },
  month: { period: 'day', most: 31 },
  year: { period: 'month', most: 12 },
};
/** Usual number of parts, for the width of one of them. */
const USUAL_SLOTS: Readonly<Record<Period, number>> = { hour: 60, day: 24, week: 7, month: 31, year: 12 };
/** Hours are kept for 14 days. */
const HOURS_KEPT_MS = 14 * DAY_MS;

/**
 * Rows to read before the running one to find the compared one, and about how far back they begin. `null`: there is
 * no such comparison, and the period before is taken.
 */
const DISTANCES: Readonly<Record<Period, Record<CompareWith, number | null>>> = {
  hour: { previous: 1, week: 7 * DAY_MS, year: null },
  day: { previous: 1, week: 7, year: 365 * DAY_MS },
  week: { previous: 1, week: null, year: 52 },
  month: { previous: 1, week: null, year: 12 },
  year: { previous: 1, week: null, year: null },
};

/** The present as it was at a moment, for a board of the past. */
export interface AsOf {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Returns an earlier period with what stood there at the same time as the moment. */
  readonly readByThen: (period: Period, rows: ByThenRows) => Promise<PeriodRow>;
}

export interface ByThenRows {
  /** The period that the moment lies in. */
  readonly running: PeriodRow;
  readonly earlier: PeriodRow;
  /** Reads the parts of the earlier one; none if they are not kept any more. */
  readonly readParts: () => Promise<readonly PeriodRow[]>;
}

interface LoaderOptions extends TokenOptions {
  readonly dashboard: string;
  readonly counters: readonly string[];
  readonly signal: AbortSignal;
  /** Undefined: now. */
  readonly asOf?: AsOf;
  /** Called with the rows before their parts, which take longer to read, have come. */
  readonly onRows?: (data: PeriodData) => void;
}

export class PeriodLoader {
  /** Parts of finished periods, by their start. */
  readonly #finished = new Map<string, readonly PeriodRow[]>();

  constructor(private readonly base: URL) {}

  /** @param comparisons those of the shown counters @throws RefusedError or UnavailableError */
  async load(period: Period, comparisons: readonly CompareWith[], options: LoaderOptions): Promise<PeriodData> {
    const { asOf, onRows, ...request } = options;
    const count = 1 + getRowsBack(period, comparisons);
    const { rows, at: readAt } = await this.#readRows(period, count, request, asOf && asOf.at + 1);
    const at = asOf?.at ?? readAt;
    const row = rows.at(0);
    if (!row) throw new Error('the service returned no period');
    const compared = new Map<CompareWith, ComparedPeriod>();
    for (const compareWith of comparisons) {
      const found = await this.#findCompared(period, compareWith, rows, request);
      if (!found) continue;
      const readParts = () => this.#readFinished(period, found, readAt, request);
      const earlier = asOf ? await asOf.readByThen(period, { running: row, earlier: found, readParts }) : found;
      compared.set(compareWith, { row: earlier, parts: [] });
    }
    const rowData = { period, start: row.start, end: row.end, at, row };
    onRows?.({ ...rowData, parts: [], slots: USUAL_SLOTS[period], compared: new Map(compared) });
    for (const [compareWith, { row: earlier }] of compared) {
      compared.set(compareWith, { row: earlier, parts: await this.#readFinished(period, earlier, readAt, request) });
    }
    const parts = (await this.#readParts(period, row, readAt, request)).filter(({ start }) => start <= at);
    const usual = period === 'month' ? Math.round((row.end - row.start) / DAY_MS) : USUAL_SLOTS[period];
    const slots = Math.max(usual, parts.length, ...[...compared.values()].map((one) => one.parts.length));
    return { ...rowData, parts, slots, compared };
  }

  #readRows(period: Period, count: number, options: LoaderOptions, before?: number): Promise<DashboardPeriods> {
    return readPeriods(this.base, { ...options, period, count, ...(before !== undefined && { before }) });
  }

  async #findCompared(
    period: Period,
    compareWith: CompareWith,
    rows: readonly PeriodRow[],
    options: LoaderOptions,
  ): Promise<PeriodRow | undefined> {
    const distance = DISTANCES[period][compareWith] ?? 1;
    const [running] = rows;
    if (distance < DAY_MS || !running) return rows[distance];
    // The row whose start is nearest to that distance: daylight saving moves it by an hour, a leap year by a day.
    const wanted = running.start - distance;
    const margin = 2 * (period === 'hour' ? HOUR_MS : DAY_MS);
    const around = await this.#readRows(period, 4, options, wanted + margin);
    return around.rows.toSorted((a, b) => Math.abs(a.start - wanted) - Math.abs(b.start - wanted)).at(0);
  }

  async #readFinished(
    period: Period,
    range: PeriodRow,
    now: number,
    options: LoaderOptions,
  ): Promise<readonly PeriodRow[]> {
    const key = `${period} ${range.start} ${options.counters.join()}`;
    let parts = this.#finished.get(key);
    if (!parts) this.#finished.set(key, (parts = await this.#readParts(period, range, now, options)));
    return parts;
  }

  /** Returns the parts of a period that have begun, oldest first. */
  async #readParts(
    period: Period,
    { start, end }: PeriodRow,
    now: number,
    options: LoaderOptions,
  ): Promise<readonly PeriodRow[]> {
    const isRunning = end > now;
    if (period === 'hour') {
      const range = { from: start, stepMs: MINUTE_MS, ...(!isRunning && { to: end }) };
      return toRows(await readHistory(this.base, { ...options, ...range }));
    }
    const { period: part, most } = PARTS[period];
    if (part === 'hour' && start < now - HOURS_KEPT_MS) return [];
    const { rows } = await this.#readRows(part, most, options, isRunning ? undefined : end);
    return rows.filter((row) => row.start >= start && row.start < end).toReversed();
  }
}

/** How many rows before the running one hold the compared ones that are near. */
function getRowsBack(period: Period, comparisons: readonly CompareWith[]): number {
  const distances = comparisons.map((compareWith) => DISTANCES[period][compareWith] ?? 1);
  return Math.max(1, ...distances.filter((distance) => distance < DAY_MS));
}

/** Turns rows of the history into periods of a minute. */
function toRows({ at, step, counters, measures = {} }: DashboardHistory): PeriodRow[] {
  return at.map((start, index) => ({
    start,
    end: start + step,
    counters: Object.fromEntries(
      Object.entries(counters).map(([name, column]) => [
        name,
        'added' in column
          ? {
              value: (column.added[index] ?? 0) - (column.removed[index] ?? 0),
              added: column.added[index] ?? 0,
              removed: column.removed[index] ?? 0,
            }
          : { value: column.value[index] ?? 0, least: column.least[index] ?? 0, most: column.most[index] ?? 0 },
      ]),
    ),
    measures: Object.fromEntries(Object.entries(measures).map(([name, { within }]) => [name, within[index] ?? null])),
  }));
}
