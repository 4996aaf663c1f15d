/** What counters were over the last while, in rows of equal width: the totals that stood at the end of each. Pure. */
import type { DashboardHistory } from '../../src/client/client.js';

/** All that a counter was ever added and removed. */
export interface RunningTotals {
  readonly added: number;
  readonly removed: number;
}

/** Totals by row; NaN where nothing is known. */
interface SeriesColumn {
  readonly added: number[];
  readonly removed: number[];
}

/**
 * Totals only grow, so that history and live frames may be merged in any order, and what a row added is the difference to the row
 * before it.
 */
export class TotalsSeries {
  /** Start of each row, milliseconds since the Unix epoch. */
  readonly at: number[] = [];
  readonly #columns = new Map<string, SeriesColumn>();

  /**
   * @param stepMs width of a row; rows are aligned to the epoch, as those of the service
   * @param rows how many rows are kept
   */
  constructor(
    readonly stepMs: number,
    readonly rows: number,
  ) {}

  /** Start of the row that a moment is in. */
  toRowStart(ms: number): number {
    return Math.floor(ms / this.stepMs) * this.stepMs;
  }

  /** Where a reading has to begin to fill the series up to a moment. */
  getReadStart(ms: number): number {
    return this.toRowStart(ms) - (this.rows - 1) * this.stepMs;
  }

  /** Goes on to a moment: nothing happened since the last row but what is noted after. */
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

  /** Takes in what the totals of a counter were at a moment. What was known later stays. */
  record(counter: string, ms: number, { added, removed }: RunningTotals): void {
    if (this.at.length === 0 || ms >= (this.at.at(-1) ?? 0) + this.stepMs) this.advance(ms);
    const column = this.#getColumn(counter);
    const first = Math.max(0, this.#findRow(ms));
    for (let row = this.at.length - 1; row >= first; row -= 1) {
      raiseTotal(column.added, row, added);
      raiseTotal(column.removed, row, removed);
    }
  }

  /** Takes in what was read. Rows that it tells of are as it says, or later. */
  merge({ step, at, counters }: DashboardHistory): void {
    const [first, last] = [at[0], at.at(-1)];
    if (step !== this.stepMs || first === undefined || last === undefined) return;
    // More may have been read than is kept: time goes on between a question and its answer.
    const start = Math.max(first, last - (this.rows - 1) * this.stepMs);
    if (this.at.length === 0) this.#restartAt(start);
    if (last > (this.at.at(-1) ?? last)) this.advance(last);
    this.#prependRows(start);
    for (const [counter, read] of Object.entries(counters)) {
      if (!read.totals) continue;
      const column = this.#getColumn(counter);
      let { added, removed } = read.totals;
      // Behind the last row that was read, nothing less can be true.
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

  /** The totals of a counter at the end of the row that a moment is in. */
  getTotalsAt(counter: string, ms: number): RunningTotals | undefined {
    const row = this.#findRow(ms);
    const column = this.#columns.get(counter);
    const [added, removed] = [column?.added[row], column?.removed[row]];
    return added === undefined || removed === undefined || Number.isNaN(added) ? undefined : { added, removed };
  }

  /** The value of a counter by row; null where it is not known. */
  getValues(counter: string): (number | null)[] {
    const { added, removed } = this.#columns.get(counter) ?? { added: [], removed: [] };
    return this.at.map((_, row) => nanToNull((added[row] ?? Number.NaN) - (removed[row] ?? Number.NaN)));
  }

  /** What a counter was added and removed in wider rows, the last of which may not be over. */
  getRates(counter: string, stepMs: number): { at: number[]; added: (number | null)[]; removed: (number | null)[] } {
    const column = this.#columns.get(counter);
    const wide = { at: [] as number[], added: [] as (number | null)[], removed: [] as (number | null)[] };
    let before: number | undefined;
    for (const [row, at] of this.at.entries()) {
      const next = this.at[row + 1];
      if (next !== undefined && Math.floor(next / stepMs) === Math.floor(at / stepMs)) continue;
      // What the first wide row began with is not known when it is cut.
      if (before !== undefined) {
        wide.at.push(Math.floor(at / stepMs) * stepMs);
        wide.added.push(nanToNull((column?.added[row] ?? Number.NaN) - (column?.added[before] ?? Number.NaN)));
        wide.removed.push(nanToNull((column?.removed[row] ?? Number.NaN) - (column?.removed[before] ?? Number.NaN)));
      }
      before = row;
    }
    return wide;
  }

  /** Forgets a counter. */
  removeCounter(counter: string): void {
    this.#columns.delete(counter);
  }

  /** Forgets all: another history begins. */
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

  /** Rows before the first one. */
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

/** Totals only grow. */
function raiseTotal(column: number[], row: number, total: number): void {
  const present = column[row];
  if (present === undefined || Number.isNaN(present) || present < total) column[row] = total;
}

/** A row that is over is as it was read; in the one that is now, frames may know more already. */
function mergeTotal(present: number | undefined, read: number, isLast: boolean): number {
  return isLast && present !== undefined && present > read ? present : read;
}

function nanToNull(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}
