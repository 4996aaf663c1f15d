/** One counter over the rows of an answer: columns that are filled from points, and carried over where there are none. */
import type { Point } from '../store/store.js';

export class CounterColumns {
  /** The value at the end of each row. */
  readonly value: Float64Array;
  /** What was added and removed since the row before. 64 bits, as the totals: a sum is exact whatever its size. */
  readonly added: BigInt64Array;
  readonly removed: BigInt64Array;
  /** The value that the first row begins with. */
  #openingValue: number | undefined;

  constructor(rowCount: number) {
    this.value = new Float64Array(rowCount).fill(Number.NaN);
    this.added = new BigInt64Array(rowCount);
    this.removed = new BigInt64Array(rowCount);
  }

  /** Takes the newest point from before the first row, if there is one. */
  setOpeningValue(before: Point | undefined): void {
    this.#openingValue ??= before?.value;
  }

  /** Takes a point into its row. Points come oldest first. */
  addPoint(row: number, { value, added, removed }: Point): void {
    this.#openingValue ??= value - Number(added - removed);
    this.value[row] = value;
    this.added[row] = (this.added[row] ?? 0n) + added;
    this.removed[row] = (this.removed[row] ?? 0n) + removed;
  }

  /** Carries values over the rows without points. @param defaultValue the value of a counter that no point is known of */
  carryForward(defaultValue: number): void {
    let lastValue = this.#openingValue ?? defaultValue;
    for (const [row, value] of this.value.entries()) {
      if (Number.isNaN(value)) this.value[row] = lastValue;
      else lastValue = value;
    }
  }

  /** The rows that are kept, in order; what came in the rows between goes to the next one that is kept. The last must be kept. */
  selectRows(rows: readonly number[]): CounterColumns {
    const selected = new CounterColumns(rows.length);
    let nextRow = 0;
    for (const [index, row] of rows.entries()) {
      selected.value[index] = this.value[row] ?? 0;
      let [added, removed] = [0n, 0n];
      for (; nextRow <= row; nextRow += 1) {
        added += this.added[nextRow] ?? 0n;
        removed += this.removed[nextRow] ?? 0n;
      }
      selected.added[index] = added;
      selected.removed[index] = removed;
    }
    return selected;
  }
}
