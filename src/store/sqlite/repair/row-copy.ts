/** Copies the rows of ledger, points and keys that can be read from a damaged file into a new database. */
import { TEXT_PATTERN } from '../../../counters/counters.js';
import { BulkInsert } from '../bulk-insert.js';
import type { Database } from '../database.js';
import { decodeOptionalText } from '../text-decoder.js';
import type { StoredValue } from './record.js';
import { type Column, fitsColumn, type RowShape } from './row-shape.js';
import type { StoredRow } from './tree-reader.js';

const ROWS_PER_INSERT = 64;

export class RowCopy {
  readonly #insert: BulkInsert;
  #values: unknown[] = [];

  /** @param report receives columns that were left out, described for people */
  constructor(
    database: Database.Database,
    readonly shape: RowShape,
    private readonly report: (finding: string) => void,
  ) {
    const names = shape.columns.map(({ name }) => name);
    this.#insert = new BulkInsert(database, `INSERT OR IGNORE INTO ${shape.name} (${names.join()})`, names.length);
  }

  /** Adds a row unless it has one with the same key, or lacks what it needs. */
  add(row: StoredRow): void {
    const values: unknown[] = [];
    for (const [index, column] of this.shape.columns.entries()) {
      const stored = index < row.values.length ? row.values[index] : column.defaultValue;
      const value = toParameter(column, stored);
      if (value === undefined && !column.isNullable) {
        this.report(`a row of ${this.shape.name} ${this.#describeKey(values)} is lost: ${column.name} is unreadable`);
        return;
      }
      if (value === undefined)
        this.report(`${column.name} is lost in the row of ${this.shape.name} ${this.#describeKey(values)}`);
      values.push(value ?? null);
    }
    for (const value of values) this.#values.push(value);
    if (this.#values.length >= ROWS_PER_INSERT * this.shape.columns.length) this.flush();
  }

  flush(): void {
    this.#insert.run(this.#values);
    this.#values = [];
  }

  #describeKey(values: readonly unknown[]): string {
    const keys = this.shape.columns.filter(({ isKey }) => isKey);
    return `(${keys.map(({ name }, index) => `${name} ${JSON.stringify(values[index]) ?? 'unknown'}`).join(', ')})`;
  }
}

/** @returns undefined if the value cannot be stored in the column */
export function toParameter(column: Column, value: StoredValue): string | number | null | undefined {
  if (value === null || !fitsColumn(column, value)) return column.isNullable && value === null ? null : undefined;
  if (!Buffer.isBuffer(value)) return typeof value === 'bigint' ? String(value) : value;
  try {
    const text = decodeOptionalText(column.name, new Uint8Array(value).buffer) ?? '';
    return TEXT_PATTERN.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Finds rows whose key is out of order although those of their neighbors are not: a bit of the key has changed.
 * @param correct returns the row to use instead, or undefined to leave it out
 */
export function* correctDisplacedRows(
  rows: Iterable<StoredRow>,
  { columns }: RowShape,
  correct: (row: StoredRow, before: StoredRow | undefined, after: StoredRow) => StoredRow | undefined,
): Generator<StoredRow> {
  const keyLength = columns.filter(({ isKey }) => isKey).length;
  const isBefore = (a: StoredRow, b: StoredRow): boolean => compareKeys(a.values, b.values, keyLength) < 0;
  let accepted: StoredRow | undefined;
  let candidate: StoredRow | undefined;
  for (const row of rows) {
    if (candidate) {
      const fits = (!accepted || isBefore(accepted, candidate)) && isBefore(candidate, row);
      if (fits || (accepted && !isBefore(accepted, row))) {
        yield candidate;
        accepted = candidate;
      } else {
        const corrected = correct(candidate, accepted, row);
        if (corrected) yield corrected;
        accepted = corrected ?? accepted;
      }
    }
    candidate = row;
  }
  if (candidate) yield candidate;
}

function compareKeys(a: readonly StoredValue[], b: readonly StoredValue[], length: number): number {
  for (let index = 0; index < length; index += 1) {
    const [left, right] = [a[index], b[index]];
    const order =
      Buffer.isBuffer(left) && Buffer.isBuffer(right) ? left.compare(right) : Number(left ?? 0) - Number(right ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
