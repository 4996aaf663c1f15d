/** The columns of one gauge in a history: filled from points, and carried forward over rows without points. */
import type { LevelPoint } from '../store/store.js';

export class GaugeColumns {
  readonly kind = 'gauge';
  /** The level at the end of each row. */
  readonly value: Float64Array;
  /** The lowest and the highest level within each row. The level that a row begins with counts. */
  readonly least: Float64Array;
  readonly most: Float64Array;
  #openingValue: number | undefined;

  constructor(rowCount: number) {
    this.value = new Float64Array(rowCount).fill(Number.NaN);
    this.least = new Float64Array(rowCount).fill(Infinity);
    this.most = new Float64Array(rowCount).fill(-Infinity);
  }

  /** Series whose extremes a chart shows. */
  get extremes(): readonly Float64Array[] {
    return [this.least, this.most];
  }

  /** Sets the level at the start of the first row from the newest point before it, if there is one. */
  setOpeningValue(before: LevelPoint | undefined): void {
    this.#openingValue ??= before?.value;
  }

  /** Adds a point to a row. Points must be added oldest first. */
  addPoint(row: number, { value, least, most }: LevelPoint): void {
    this.value[row] = value;
    this.least[row] = Math.min(this.least[row] ?? least, least);
    this.most[row] = Math.max(this.most[row] ?? most, most);
  }

  /**
   * Gives rows without points the level of the row before.
   * @param defaultValue level of a gauge that has no points at all
   */
  carryForward(defaultValue: number): void {
    const firstRow = this.value.findIndex((value) => !Number.isNaN(value));
    // Before the first point a gauge is at 0, unless it has none at all.
    let lastValue = this.#openingValue ?? (firstRow < 0 ? defaultValue : 0);
    for (const [row, value] of this.value.entries()) {
      if (Number.isNaN(value)) this.value[row] = this.least[row] = this.most[row] = lastValue;
      else lastValue = value;
    }
  }

  /**
   * Returns only the given rows. The extremes of a row that is left out are taken into the next row that is kept.
   * @param rows indexes in ascending order, the last row among them
   */
  selectRows(rows: readonly number[]): GaugeColumns {
    const selected = new GaugeColumns(rows.length);
    let nextRow = 0;
    for (const [index, row] of rows.entries()) {
      for (; nextRow <= row; nextRow += 1) {
        const [value, least, most] = [this.value[nextRow], this.least[nextRow], this.most[nextRow]];
        selected.addPoint(index, { at: 0, value: value ?? 0, least: least ?? 0, most: most ?? 0 });
      }
    }
    return selected;
  }

  /** Returns the number of a row in measures: the level at its end. */
  getNumber(row: number): number {
    return this.value[row] ?? 0;
  }

  /** Returns the members of the JSON object, without braces. */
  toJsonMembers(): string {
    return `"value":[${this.value.join()}],"least":[${this.least.join()}],"most":[${this.most.join()}]`;
  }
}
