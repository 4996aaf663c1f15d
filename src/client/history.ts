/** Reads the history of a dashboard's counters. */
import { buildResourceUrl } from './urls.js';
import { requestJson, type ReadOptions } from './request.js';

/** The history of one counter, by row. Numbers beyond 2^53 are rounded to the nearest double. */
export interface CounterHistory {
  /** Value at the end of each row. */
  readonly value: readonly number[];
  /** Amounts added and removed within each row. */
  readonly added: readonly number[];
  readonly removed: readonly number[];
  /**
   * Totals since the counter exists, at the end of the last row; present if the range reaches to now. Subtract the
   * amounts of later rows to get the totals at the end of an earlier row.
   */
  readonly totals?: { readonly added: number; readonly removed: number };
}

/** The history of one gauge, by row. */
export interface GaugeHistory {
  /** Level at the end of each row. */
  readonly value: readonly number[];
  /** Lowest and highest level within each row. */
  readonly least: readonly number[];
  readonly most: readonly number[];
  readonly totals?: undefined;
}

/** The history of one measure, by row. Null where the divisor is 0. */
export interface MeasureHistory {
  /** The measure of the values at the end of each row. */
  readonly value: readonly (number | null)[];
  /** The measure of what came within each row. */
  readonly within: readonly (number | null)[];
}

/** The history of a dashboard's counters, by row. */
export interface DashboardHistory {
  readonly dashboard: string;
  /** Duration of a row, milliseconds. */
  readonly step: number;
  /**
   * Start of each row, milliseconds since the Unix epoch. Long ranges are thinned to the rows that hold every extreme.
   */
  readonly at: readonly number[];
  readonly counters: Readonly<Record<string, CounterHistory | GaugeHistory>>;
  readonly measures?: Readonly<Record<string, MeasureHistory>>;
}

export interface HistoryOptions extends ReadOptions {
  /** Default: `main`. */
  readonly dashboard?: string;
  /** Names of the counters. Default, and if empty: all. */
  readonly counters?: readonly string[];
  /** Start of the range: milliseconds since the Unix epoch, or a date. Default: an hour before `to`. */
  readonly from?: number | Date;
  /** End of the range, exclusive. Default: now. */
  readonly to?: number | Date;
  /** Duration of a row: milliseconds, a multiple of 1,000. Default: chosen to suit the range. */
  readonly stepMs?: number;
}

/**
 * Returns the history of counters over a range of time, in at most 5,000 rows. Does not retry.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError if the server refuses the request, UnavailableError if it cannot serve it, or the reason of
 *   `signal`
 */
export function readHistory(url: string | URL, options: HistoryOptions = {}): Promise<DashboardHistory> {
  const { dashboard = 'main', counters, from, to, stepMs } = options;
  const address = buildResourceUrl(url, dashboard, 'history', { counters, from, to, step: stepMs });
  return requestJson<DashboardHistory>(address, options);
}
