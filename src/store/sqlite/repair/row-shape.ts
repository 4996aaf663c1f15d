/** Forms of the rows of tables and indexes: which row a damaged page can have, whatever leads to it. */
import type { Database } from '../database.js';
import type { StoredValue } from './record.js';

export interface Column {
  readonly name: string;
  readonly type: 'INTEGER' | 'TEXT';
  readonly isNullable: boolean;
  readonly isKey: boolean;
  /** For rows from before the column was added. */
  readonly defaultValue: StoredValue;
}

export interface RowShape {
  /** Name of the table or index. */
  readonly name: string;
  /** True for indexes, and for tables without rowid. */
  readonly isIndex: boolean;
  /** In the order of the record: in tables without rowid, the primary key comes first. */
  readonly columns: readonly Column[];
}

interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  readonly pk: number;
}

/** A time, in milliseconds since the Unix epoch, is greater than an id. */
const MAX_ID = 2 ** 32;
const MAX_VALUES: ReadonlyMap<string, number> = new Map([
  ['dashboard', MAX_ID],
  ['counter', MAX_ID],
  ['revision', Number.MAX_SAFE_INTEGER],
]);

/** Reads the form of a table from the schema of an intact database. */
export function readTableShape(database: Database.Database, table: string): RowShape {
  const infos = database.pragma(`table_info(${table})`) as ColumnInfo[];
  const [{ wr: isIndex }] = database.pragma(`table_list(${table})`) as [{ wr: number }];
  const columns = isIndex
    ? [...infos.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk), ...infos.filter(({ pk }) => pk === 0)]
    : infos;
  return { name: table, isIndex: isIndex === 1, columns: columns.map((info) => toColumn(info, isIndex === 1)) };
}

/** Describes an index. @param types of the indexed columns, and of the columns of the primary key that they lack */
export function createIndexShape(name: string, types: readonly Column['type'][]): RowShape {
  const columns = types.map((type) => ({ name: '', type, isNullable: false, isKey: true, defaultValue: null }));
  return { name, isIndex: true, columns };
}

function toColumn({ name, type, notnull, dflt_value, pk }: ColumnInfo, isKeyStored: boolean): Column {
  const isInteger = type === 'INTEGER';
  const text = dflt_value?.replace(/^'(.*)'$/, '$1');
  return {
    name,
    type: isInteger ? 'INTEGER' : 'TEXT',
    // The primary key of a table with rowid is stored as NULL.
    isNullable: pk > 0 ? !isKeyStored : notnull === 0,
    isKey: pk > 0,
    defaultValue: text === undefined ? null : isInteger ? Number(text) : Buffer.from(text),
  };
}

export function fitsColumn(column: Column, value: StoredValue): boolean {
  if (value === null) return column.isNullable;
  if (column.type === 'TEXT') return Buffer.isBuffer(value);
  return typeof value === 'number' || typeof value === 'bigint';
}

/** True if the values can be a row, perhaps with a damaged column that is no part of the key. */
export function fitsShape({ columns }: RowShape, values: readonly StoredValue[]): boolean {
  if (values.length > columns.length) return false;
  let misfits = 0;
  for (const [index, column] of columns.entries()) {
    const value = index < values.length ? values[index] : column.defaultValue;
    if (fitsColumn(column, value)) continue;
    if (column.isKey) return false;
    misfits += 1;
  }
  return misfits <= 1;
}

/** True if the values are a complete row without a damaged column. */
export function fitsExactly({ columns }: RowShape, values: readonly StoredValue[]): boolean {
  return (
    values.length === columns.length && columns.every((column, index) => fitsColumn(column, values[index] ?? null))
  );
}

/** True if the ids and the revision in a row can be those of a store, which counts them from 1. */
export function hasPlausibleIds({ columns }: RowShape, values: readonly StoredValue[]): boolean {
  return columns.every(({ name }, index) => {
    const max = MAX_VALUES.get(name);
    const value = values[index];
    return max === undefined || (typeof value === 'number' && value >= 1 && value <= max);
  });
}
