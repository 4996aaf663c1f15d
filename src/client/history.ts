/** Reads what the counters of a dashboard were, over a range of time. */
import { buildResourceUrl } from './urls.js';
import { requestJson, type ReadOptions } from './request.js';

/** A counter over the rows of a history. Beyond 2^53 a number is the double that is nearest. */
export interface CounterHistory {
  /** What stood at the end of each row. */
  readonly value: readonly number[];
  /** What was added since the row before, and removed. */
  readonly added: readonly number[];
  readonly removed: readonly number[];
  /**
   * What had ever been added and removed at the end of the last row; there when the range reaches now. Less what the rows after
   * a row have, it is the total at the end of that row.
   */
  readonly totals?: { readonly added: number; readonly removed: number };
}

/** What counters were, by row. */
export interface DashboardHistory {
  readonly dashboard: string;
  /** Width of a row, milliseconds. */
  readonly step: number;
  /** Where each row begins, milliseconds since the Unix epoch. Of many rows those are left that show every extreme. */
  readonly at: readonly number[];
  readonly counters: Readonly<Record<string, CounterHistory>>;
}

export interface HistoryOptions extends ReadOptions {
  /** `main` when left out. */
  readonly dashboard?: string;
  /** Names of the counters; all of them when left out or empty. */
  readonly counters?: readonly string[];
  /** Where it begins, milliseconds since the Unix epoch or a date; an hour before `to` when left out. */
  readonly from?: number | Date;
  /** Where it ends, itself not included; now when left out. */
  readonly to?: number | Date;
  /** Width of a row, milliseconds in whole seconds; chosen from the range when left out. */
  readonly stepMs?: number;
}

/**
 * What counters were, over a range of time: at most 5,000 rows. Asked for once.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError, UnavailableError, or the reason of `signal`
 */
export function readHistory(url: string | URL, options: HistoryOptions = {}): Promise<DashboardHistory> {
  const { dashboard = 'main', counters, from, to, stepMs } = options;
  const address = buildResourceUrl(url, dashboard, 'history', { counters });
  for (const [name, value] of Object.entries({ from, to, step: stepMs })) {
    if (value !== undefined) address.searchParams.set(name, String(Number(value)));
  }
  return requestJson<DashboardHistory>(address, options);
}
