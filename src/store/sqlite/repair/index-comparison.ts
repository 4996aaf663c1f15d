/** Finds rows that an index has and its table lacks: they are lost, and the index has their keys. */
import type { Database } from '../database.js';
import { toParameter } from './row-copy.js';
import type { Column, RowShape } from './row-shape.js';
import type { StoredRow, TreeReader } from './tree-reader.js';

interface IndexColumnInfo {
  /** Null for the rowid. */
  readonly name: string | null;
}

const ROWID: Column = { name: '', type: 'INTEGER', isNullable: false, isKey: true, defaultValue: null };

/** Reads the form of an index, which ends with the columns of the primary key that it lacks. */
export function readIndexShape(database: Database.Database, index: string, table: RowShape): RowShape {
  const infos = database.pragma(`index_xinfo(${index})`) as IndexColumnInfo[];
  const columns = infos.map(({ name }) => table.columns.find((column) => column.name === name) ?? ROWID);
  return { name: index, isIndex: true, columns: columns.map((column) => ({ ...column, isKey: true })) };
}

/** Reads the forms of the indexes of a table, without the one of the primary key, which is the table itself. */
export function readIndexShapes(database: Database.Database, table: RowShape): RowShape[] {
  const indexes = database.pragma(`index_list(${table.name})`) as { name: string; origin: string }[];
  const others = indexes.filter(({ origin }) => origin !== 'pk');
  return others.map(({ name }) => readIndexShape(database, name, table));
}

/**
 * Reads an index of a damaged file, and looks for each row in the repaired database.
 * @returns the primary keys of missing rows, as the table has them
 */
export function* findMissingRows(
  database: Database.Database,
  rows: Iterable<StoredRow>,
  index: RowShape,
  table: RowShape,
): Generator<readonly (string | number)[]> {
  const keys = table.columns.filter(({ isKey }) => isKey);
  const positions = keys.map(({ name }) => index.columns.findIndex((column) => column.name === name));
  const condition = keys.map(({ name }) => `${name} = ?`).join(' AND ');
  const select = database.prepare(`SELECT 1 FROM ${table.name} WHERE ${condition}`);
  for (const { values } of rows) {
    const key = positions.map((position, part) => {
      const column = keys[part];
      return column && toParameter(column, values[position]);
    });
    if (key.some((part) => part === undefined || part === null)) continue;
    if (!select.get(...key)) yield key as (string | number)[];
  }
}

/** Reads the rows of an index whose first page is known. */
export function readIndexRows(
  reader: TreeReader,
  roots: ReadonlyMap<string, number>,
  shape: RowShape,
): Iterable<StoredRow> {
  const root = roots.get(shape.name);
  return root === undefined ? [] : reader.readRows(root, shape);
}
