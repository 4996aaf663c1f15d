/** The columns of one counter in a history: filled from points, and carried forward over rows without points. */
import type { Point } from '../store/store.js';

export class CounterColumns {
  readonly kind = 'counter';
  /** The value at the end of each row. */
  readonly value: Float64Array;
  /** Amounts added and removed since the previous row. 64 bits, like totals, so that large sums stay exact. */
  readonly added: BigInt64Array;
  readonly removed: BigInt64Array;
  /** Value at the start of the first row. */
  #openingValue: number | undefined;

  constructor(rowCount: number) {
    this.value = new Float64Array(rowCount).fill(Number.NaN);
    this.added = new BigInt64Array(rowCount);
    this.removed = new BigInt64Array(rowCount);
  }

  /** Series whose extremes a chart shows. */
  get extremes(): readonly Float64Array[] {
    return [this.value];
  }

  /** Sets the value at the start of the first row from the newest point before it, if there is one. */
  setOpeningValue(before: Point | undefined): void {
    this.#openingValue ??= before?.value;
  }

  /** Adds a point to a row. Points must be added oldest first. */
  addPoint(row: number, { value, added, removed }: Point): void {
    this.#openingValue ??= value - Number(added - removed);
    this.value[row] = value;
    this.added[row] = (this.added[row] ?? 0n) + added;
    this.removed[row] = (this.removed[row] ?? 0n) + removed;
  }

  /**
   * Gives rows without points the value of the row before.
   * @param defaultValue value of a counter that has no points at all
   */
  carryForward(defaultValue: number): void {
    let lastValue = this.#openingValue ?? defaultValue;
    for (const [row, value] of this.value.entries()) {
      if (Number.isNaN(value)) this.value[row] = lastValue;
      else lastValue = value;
    }
  }

  /**
   * Returns only the given rows. Amounts of a row that is left out are added to the next row that is kept.
   * @param rows indexes in ascending order, the last row among them
   */
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

  /** Returns what was added less what was removed within a row. */
  getNumber(row: number): bigint {
    return (this.added[row] ?? 0n) - (this.removed[row] ?? 0n);
  }

  /** Returns the members of the JSON object, without braces. Integers above 2^53 are written with all digits. */
  toJsonMembers(): string {
    return `"value":[${this.value.join()}],"added":[${this.added.join()}],"removed":[${this.removed.join()}]`;
  }
}
