/** The check of one table, which runs in steps. */
import type { StoredText } from './text-decoder.js';

/** The primary key of a row. */
export type RowKey = readonly (number | StoredText)[];

export interface CheckRange {
  /** Primary key of the last row that was checked. */
  readonly after: RowKey;
  /** Ledger entries and keys of a later time are left out, milliseconds since the Unix epoch. */
  readonly until: number;
}

export interface TableCheck {
  /**
   * Checks the row that was checked last and those that follow, in the read transaction of the caller.
   * @param limit rows to read at most
   * @param report receives each finding
   * @returns the primary key of the last row; undefined if it cannot be read, or if no rows follow
   */
  run(range: CheckRange, limit: number, report: (finding: string) => void): RowKey | undefined;
}

interface SeriesRow {
  readonly counter: number;
  readonly step: number;
  readonly at: number | null;
}

/** Returns what {@link TableCheck.run} does, of rows of points or levels. */
export function getLastSeriesKey(rows: readonly SeriesRow[], limit: number): RowKey | undefined {
  const last = rows.at(-1);
  const isLast = rows.length < limit;
  return isLast || !last || last.at === null ? undefined : [last.counter, last.step, last.at];
}
