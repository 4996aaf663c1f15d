/** Finds the schema of a damaged file: the number of its migrations, and where its tables begin. */
import { createDatabaseToFill } from '../database.js';
import { MIGRATIONS } from '../schema.js';
import type { DamagedFile } from './damaged-file.js';
import type { RowShape } from './row-shape.js';
import type { TreeReader } from './tree-reader.js';

export interface FoundSchema {
  /** Number of migrations. */
  readonly version: number;
  /** First pages of tables and indexes, by name. */
  readonly roots: ReadonlyMap<string, number>;
}

const VERSION_OFFSET = 60;
const SCHEMA_SHAPE: RowShape = {
  name: 'sqlite_schema',
  isIndex: false,
  columns: (['type', 'name', 'tbl_name', 'rootpage', 'sql'] as const).map((name) => ({
    name,
    type: name === 'rootpage' ? 'INTEGER' : 'TEXT',
    isNullable: name === 'sql',
    isKey: name === 'name' || name === 'rootpage',
    defaultValue: null,
  })),
};

/** The version is the one whose tables and indexes are most like those of the file. */
export function readSchema(file: DamagedFile, reader: TreeReader): FoundSchema {
  const roots = new Map<string, number>();
  const statements = new Set<string>();
  for (const { values } of reader.readRows(1, SCHEMA_SHAPE)) {
    const [, name, , root, sql] = values;
    if (!Buffer.isBuffer(name) || typeof root !== 'number') continue;
    roots.set(name.toString('latin1'), root);
    if (Buffer.isBuffer(sql)) statements.add(sql.toString('latin1'));
  }
  const declared = file.readPage(1)?.readUInt32BE(VERSION_OFFSET);
  const versions = MIGRATIONS.map((_, index) => index + 1);
  const fallback = versions.find((candidate) => candidate === declared) ?? MIGRATIONS.length;
  const version = statements.size === 0 ? fallback : findNearest(versions, statements, fallback);
  return { version, roots };
}

/** @returns the version with the fewest differences, in doubt the one that the file declares */
function findNearest(versions: readonly number[], statements: ReadonlySet<string>, declared: number): number {
  const differences = versions.map((version) => {
    const expected = listStatements(version);
    const matches = expected.filter((sql) => statements.has(sql)).length;
    return expected.length + statements.size - 2 * matches - (version === declared ? 0.5 : 0);
  });
  return versions[differences.indexOf(Math.min(...differences))] ?? declared;
}

function listStatements(version: number): string[] {
  const database = createDatabaseToFill(':memory:', { keyTtlMs: 0 }, version);
  const rows = database.prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL').all() as { sql: string }[];
  database.close();
  return rows.map(({ sql }) => sql);
}
