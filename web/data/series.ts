/** Totals of counters over a time window, at the end of rows of equal duration. Pure. */
import type { DashboardHistory } from '../../src/client/client.js';

/** Totals of a counter since it was created. */
export interface RunningTotals {
  readonly added: number;
  readonly removed: number;
}

/** Totals by row; NaN if unknown. */
interface SeriesColumn {
  readonly added: number[];
  readonly removed: number[];
}

/**
 * A window of rows with the totals of counters. Totals never shrink, so history and live snapshots can be merged in any
 * order: the larger total is the later one. The amount that a row added is the difference to the row before it.
 */
export class TotalsSeries {
  /** Start of each row, milliseconds since the Unix epoch. */
  readonly at: number[] = [];
  readonly #columns = new Map<string, SeriesColumn>();

  /**
   * @param stepMs duration of a row; rows are aligned to the Unix epoch, as those of the service
   * @param rows number of rows to keep
   */
  constructor(
    readonly stepMs: number,
    readonly rows: number,
  ) {}

  toRowStart(ms: number): number {
    return Math.floor(ms / this.stepMs) * this.stepMs;
  }

  /** Returns the start of the range to read in order to fill the series up to a time. */
  getReadStart(ms: number): number {
    return this.toRowStart(ms) - (this.rows - 1) * this.stepMs;
  }

  /** Extends the series to a time with the totals of the last row. */
  advance(ms: number): void {
    const row = this.toRowStart(ms);
    const last = this.at.at(-1);
    if (last === undefined || row - last > this.rows * this.stepMs) this.#restartAt(row);
    for (let next = (this.at.at(-1) ?? row) + this.stepMs; next <= row; next += this.stepMs) {
      this.at.push(next);
      for (const { added, removed } of this.#columns.values()) {
        added.push(added.at(-1) ?? Number.NaN);
        removed.push(removed.at(-1) ?? Number.NaN);
      }
    }
    this.#dropOldRows();
  }

  /** Records the totals of a counter at a time. Later totals are kept. */
  record(counter: string, ms: number, { added, removed }: RunningTotals): void {
    if (this.at.length === 0 || ms >= (this.at.at(-1) ?? 0) + this.stepMs) this.advance(ms);
    const column = this.#getColumn(counter);
    const first = Math.max(0, this.#findRow(ms));
    for (let row = this.at.length - 1; row >= first; row -= 1) {
      raiseTotal(column.added, row, added);
      raiseTotal(column.removed, row, removed);
    }
  }

  /** Merges history that was read from the service into the rows. */
  merge({ step, at, counters }: DashboardHistory): void {
    const [first, last] = [at[0], at.at(-1)];
    if (step !== this.stepMs || first === undefined || last === undefined) return;
    // More rows may have been read than are kept, since time passes between request and response.
    const start = Math.max(first, last - (this.rows - 1) * this.stepMs);
    if (this.at.length === 0) this.#restartAt(start);
    if (last > (this.at.at(-1) ?? last)) this.advance(last);
    this.#prependRows(start);
    for (const [counter, read] of Object.entries(counters)) {
      if (!read.totals) continue;
      const column = this.#getColumn(counter);
      let { added, removed } = read.totals;
      // Rows after the last one that was read cannot have smaller totals.
      for (let row = this.#findRow(last) + 1; row < this.at.length; row += 1) {
        raiseTotal(column.added, row, added);
        raiseTotal(column.removed, row, removed);
      }
      for (let index = at.length - 1; index >= 0; index -= 1) {
        const row = this.#findRow(at[index] ?? 0);
        if (row >= 0) {
          column.added[row] = mergeTotal(column.added[row], added, index === at.length - 1);
          column.removed[row] = mergeTotal(column.removed[row], removed, index === at.length - 1);
        }
        added -= read.added[index] ?? 0;
        removed -= read.removed[index] ?? 0;
      }
    }
    this.#dropOldRows();
  }

  /** Returns the totals of a counter at the end of the row that contains a time. */
  getTotalsAt(counter: string, ms: number): RunningTotals | undefined {
    const row = this.#findRow(ms);
    const column = this.#columns.get(counter);
    const [added, removed] = [column?.added[row], column?.removed[row]];
    return added === undefined || removed === undefined || Number.isNaN(added) ? undefined : { added, removed };
  }

  /** Returns the value of a counter by row; null if unknown. */
  getValues(counter: string): (number | null)[] {
    const { added, removed } = this.#columns.get(counter) ?? { added: [], removed: [] };
    return this.at.map((_, row) => nanToNull((added[row] ?? Number.NaN) - (removed[row] ?? Number.NaN)));
  }

  /** Returns the amounts added and removed in wider rows; the last one may be incomplete. */
  getRates(counter: string, stepMs: number): { at: number[]; added: (number | null)[]; removed: (number | null)[] } {
    const column = this.#columns.get(counter);
    const wide = { at: [] as number[], added: [] as (number | null)[], removed: [] as (number | null)[] };
    let before: number | undefined;
    for (const [row, at] of this.at.entries()) {
      const next = this.at[row + 1];
      if (next !== undefined && Math.floor(next / stepMs) === Math.floor(at / stepMs)) continue;
      // The first wide row is skipped: its start may lie before the series.
      if (before !== undefined) {
        wide.at.push(Math.floor(at / stepMs) * stepMs);
        wide.added.push(nanToNull((column?.added[row] ?? Number.NaN) - (column?.added[before] ?? Number.NaN)));
        wide.removed.push(nanToNull((column?.removed[row] ?? Number.NaN) - (column?.removed[before] ?? Number.NaN)));
      }
      before = row;
    }
    return wide;
  }

  removeCounter(counter: string): void {
    this.#columns.delete(counter);
  }

  clear(): void {
    this.at.length = 0;
    this.#columns.clear();
  }

  #findRow(ms: number): number {
    const first = this.at[0];
    return first === undefined ? -1 : Math.round((this.toRowStart(ms) - first) / this.stepMs);
  }

  #getColumn(counter: string): SeriesColumn {
    let column = this.#columns.get(counter);
    if (!column) {
      const empty = (): number[] => this.at.map(() => Number.NaN);
      this.#columns.set(counter, (column = { added: empty(), removed: empty() }));
    }
    return column;
  }

  #restartAt(row: number): void {
    this.clear();
    this.at.push(row);
  }

  #prependRows(row: number): void {
    const first = this.at[0] ?? row;
    const count = Math.min(Math.round((first - row) / this.stepMs), this.rows);
    if (count <= 0) return;
    this.at.unshift(...Array.from({ length: count }, (_, index) => first - (count - index) * this.stepMs));
    const unknown = Array.from({ length: count }, () => Number.NaN);
    for (const { added, removed } of this.#columns.values()) {
      added.unshift(...unknown);
      removed.unshift(...unknown);
    }
  }

  #dropOldRows(): void {
    const surplus = this.at.length - this.rows;
    if (surplus <= 0) return;
    for (const { added, removed } of this.#columns.values()) {
      added.splice(0, surplus);
      removed.splice(0, surplus);
    }
    this.at.splice(0, surplus);
  }
}

/** Raises the total of a row; never lowers it. */
function raiseTotal(column: number[], row: number, total: number): void {
  const present = column[row];
  if (present === undefined || Number.isNaN(present) || present < total) column[row] = total;
}

/** Returns the total of a row that was read. In the last row, live snapshots may have recorded more already. */
function mergeTotal(present: number | undefined, read: number, isLast: boolean): number {
  return isLast && present !== undefined && present > read ? present : read;
}

function nanToNull(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}
