/** Reads all rows of a damaged file, and copies all but those of dashboards and counters into a new database. */
import type { Database } from '../database.js';
import { inTransaction } from '../database.js';
import type { DamagedFile } from './damaged-file.js';
import { Definitions } from './definitions.js';
import { findMissingRows, readIndexRows, readIndexShape, readIndexShapes } from './index-comparison.js';
import type { RepairLog } from './repair-log.js';
import { correctDisplacedRows, RowCopy } from './row-copy.js';
import { readTableShape, type RowShape } from './row-shape.js';
import { readSchema } from './schema-reader.js';
import { type StoredRow, TreeReader } from './tree-reader.js';

/** Earlier schemas have no levels and no documents. */
const TABLES = ['ledger', 'points', 'levels', 'keys', 'documents'] as const;
/** Tables with an index by age. */
const AGING_TABLES = ['points', 'levels', 'keys'] as const;
type CopiedTable = (typeof TABLES)[number];
type AgingTable = (typeof AGING_TABLES)[number];

export interface ReadableRows {
  /** Has the rows of all tables but dashboards and counters. */
  readonly database: Database.Database;
  readonly definitions: Definitions;
  /** Tables with pages or rows that could not be read. */
  readonly damagedTables: ReadonlySet<string>;
  /** Owners of rows that a tree leads to: ids of dashboards in `ledger`, of counters in `points` and `levels`. */
  readonly owners: Readonly<Record<CopiedTable, ReadonlyMap<number, number>>>;
  /** Names of the indexes by age. */
  readonly ageIndexes: Readonly<Record<AgingTable, string>>;
  /** Names of the columns of the primary key of `keys`. */
  readonly keyColumns: readonly string[];
  /** Primary keys of rows that an index has and the table lacks. */
  readonly missing: Readonly<Record<AgingTable, readonly (readonly (string | number)[])[]>>;
}

/** @param create returns a new database with the schema of a version */
export function copyReadableRows(
  file: DamagedFile,
  create: (version: number) => Database.Database,
  log: RepairLog,
): ReadableRows {
  const damagedTables = new Set<string>();
  const reader = new TreeReader(file, (table, finding) => {
    damagedTables.add(table);
    log.recordDamage(finding);
  });
  const { version, roots } = readSchema(file, reader);
  const database = create(version);
  const definitions = new Definitions(log);
  const copiedTables = TABLES.filter((table) => hasTable(database, table));
  const shapes = [...copiedTables, 'dashboards', 'counters'].map((table) => readTableShape(database, table));
  const owners = {
    ledger: new Map<number, number>(),
    points: new Map<number, number>(),
    levels: new Map<number, number>(),
    keys: new Map<number, number>(),
    documents: new Map<number, number>(),
  };
  const copies = new Map(copiedTables.map((table, index) => [table as string, createCopy(index)]));

  function createCopy(index: number): RowCopy {
    const shape = shapes[index];
    if (!shape) throw new Error('a table has no shape');
    return new RowCopy(database, shape, (finding) => {
      damagedTables.add(shape.name);
      log.recordLoss(finding);
    });
  }

  const add = (shape: RowShape, row: StoredRow): void => {
    if (shape.name === 'dashboards') definitions.addDashboard(shape, row);
    else if (shape.name === 'counters') definitions.addCounter(shape, row);
    else copies.get(shape.name)?.add(row);
    const [owner] = row.values;
    const counts = row.isOrphan ? undefined : owners[shape.name as CopiedTable];
    if (typeof owner === 'number') counts?.set(owner, (counts.get(owner) ?? 0) + 1);
  };

  return inTransaction(database, () => {
    for (const shape of shapes) {
      const root = roots.get(shape.name);
      if (root === undefined) {
        reader.report(shape.name, `table ${shape.name} has no known place: its rows are looked for on all pages`);
        continue;
      }
      const rows = correctDisplacedRows(reader.readRows(root, shape), shape, (row, before, after) =>
        correctRevision(shape.name, row, before, after, (finding) => {
          damagedTables.add(shape.name);
          log.recordLoss(finding);
        }),
      );
      for (const row of shape.isIndex ? rows : reader.readRows(root, shape)) add(shape, row);
    }
    definitions.readIndexes(reader, roots);
    const indexes = AGING_TABLES.flatMap((table) => {
      const shape = shapes.find(({ name }) => name === table);
      return shape ? [{ table, shape, index: readIndexShape(database, findAgeIndex(database, table), shape) }] : [];
    });
    // The pages of the indexes are no orphans.
    for (const { index } of indexes) for (const _ of readIndexRows(reader, roots, index));
    let orphans = 0;
    const indexShapes = shapes.flatMap((shape) => readIndexShapes(database, shape));
    for (const { shape, row } of reader.readOrphans(shapes, indexShapes)) {
      add(shape, row);
      orphans += 1;
    }
    if (orphans > 0) log.recordRepair(`${orphans} rows were found on pages that no tree leads to`);
    for (const copy of copies.values()) copy.flush();
    const missing: Record<AgingTable, (readonly (string | number)[])[]> = { points: [], levels: [], keys: [] };
    const again = new TreeReader(file, () => undefined);
    for (const { table, shape, index } of indexes)
      for (const key of findMissingRows(database, readIndexRows(again, roots, index), index, shape))
        missing[table].push(key);
    const keyColumns = copies.get('keys')?.shape.columns.filter(({ isKey }) => isKey) ?? [];
    const names = keyColumns.map(({ name }) => name);
    const ageIndexes = {
      points: findAgeIndex(database, 'points'),
      levels: findAgeIndex(database, 'levels'),
      keys: findAgeIndex(database, 'keys'),
    };
    return { database, definitions, damagedTables, owners, ageIndexes, keyColumns: names, missing };
  });
}

function hasTable(database: Database.Database, table: string): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined;
}

/** Returns the only index that was created for a table. Its name differs between schemas. */
function findAgeIndex(database: Database.Database, table: AgingTable): string {
  const indexes = database.pragma(`index_list(${table})`) as { name: string; origin: string }[];
  return indexes.find(({ origin }) => origin === 'c')?.name ?? '';
}

/** The place of a ledger entry tells its revision if only one is missing there. Other rows are left out. */
function correctRevision(
  table: string,
  row: StoredRow,
  before: StoredRow | undefined,
  after: StoredRow,
  report: (finding: string) => void,
): StoredRow | undefined {
  const [dashboard, revision] = before?.values ?? [];
  const isPlaced =
    table === 'ledger' &&
    dashboard === after.values[0] &&
    typeof revision === 'number' &&
    after.values[1] === revision + 2;
  if (isPlaced) return { ...row, values: [dashboard, revision + 1, ...row.values.slice(2)] };
  report(`a row of ${table} on page ${row.page}: its key is out of order`);
  return undefined;
}
