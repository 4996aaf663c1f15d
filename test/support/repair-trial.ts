/** Damages copies of a store, runs `tallyboard repair` on them, and compares what it wrote with the undamaged store. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'libsql';
import { runCommand } from './cli-process.js';
import { createRandom } from './rounds.js';
import { getDatabasePath, withDatabaseCopy } from './sqlite-store.js';
import { createTempDirectory } from './temp-directory.js';

/** Rows by primary key. Epochs are left out: they are new in any case. */
export type StoreContent = Readonly<Record<string, ReadonlyMap<string, string>>>;

const PAGE_BYTES = 4_096;
const TEXT = (column: string): string => `CAST(${column} AS BLOB) AS ${column}`;
const QUERIES: Readonly<Record<string, readonly [key: number, sql: string]>> = {
  dashboards: [
    1,
    `SELECT id, ${TEXT('name')}, ${TEXT('settings')}, version, revision, at, day_start, day_end FROM dashboards`,
  ],
  counters: [
    1,
    `SELECT id, dashboard, ${['name', 'definition'].map(TEXT).join()}, value, added, removed FROM counters`,
  ],
  points: [3, 'SELECT counter, step, at, value, added, removed FROM points'],
  levels: [3, 'SELECT counter, step, at, value, least, most FROM levels'],
  ledger: [2, `SELECT dashboard, revision, at, ${['changes', 'key', 'reason', 'who'].map(TEXT).join()} FROM ledger`],
  keys: [
    3,
    `SELECT dashboard, ${['key', 'owner'].map(TEXT).join()}, at, ${['fingerprint', 'reply'].map(TEXT).join()} FROM keys`,
  ],
};

export interface RepairTrial {
  readonly code: number | null;
  /** Lines that begin with damaged, repaired or lost. */
  readonly lines: readonly string[];
  readonly stderr: string;
  /** Directory of the damaged store. */
  readonly directory: string;
  /** Path of what the command wrote. */
  readonly file: string;
  /** What differs from the undamaged store, for example `ledger 1|7`. */
  readonly differences: readonly string[];
}

export function readContent(file: string): StoreContent {
  return withDatabaseCopy(file, (database) =>
    Object.fromEntries(Object.entries(QUERIES).map(([table, query]) => [table, readTable(database, query)])),
  );
}

function readTable(database: Database.Database, [keys, sql]: readonly [number, string]): Map<string, string> {
  const rows = database.prepare(sql).raw().all() as unknown[][];
  const texts = rows.map((row) => row.map((value) => (isBytes(value) ? Buffer.from(value).toString() : String(value))));
  return new Map(texts.map((row) => [row.slice(0, keys).join('|'), row.slice(keys).join('|')]));
}

function isBytes(value: unknown): value is ArrayBuffer {
  return value instanceof ArrayBuffer || Buffer.isBuffer(value);
}

/** Copies the database of a store, with its write-ahead log, to a directory of its own. @returns that directory */
export function copyStore(origin: string): string {
  const directory = createTempDirectory();
  for (const suffix of ['', '-wal'])
    if (existsSync(getDatabasePath(origin) + suffix))
      copyFileSync(getDatabasePath(origin) + suffix, getDatabasePath(directory) + suffix);
  return directory;
}

/** @param damage changes the files of the copy, whose database it is given */
export async function tryRepair(
  origin: string,
  intact: StoreContent,
  damage: (file: string) => void,
): Promise<RepairTrial> {
  const [directory, target] = [copyStore(origin), createTempDirectory()];
  damage(getDatabasePath(directory));
  const file = join(target, 'repaired.db');
  const { code, stdout, stderr } = await runCommand(['repair', file, '--data-dir', directory]);
  const lines = stdout.split('\n').filter((line) => /^(damaged|repaired|lost): /.test(line));
  return {
    code,
    lines,
    stderr,
    directory,
    file,
    differences: existsSync(file) ? compare(intact, readContent(file)) : [],
  };
}

function compare(intact: StoreContent, repaired: StoreContent): string[] {
  return Object.entries(intact).flatMap(([table, rows]) => {
    const found = repaired[table] ?? new Map<string, string>();
    const keys = new Set([...rows.keys(), ...found.keys()]);
    return [...keys].filter((key) => rows.get(key) !== found.get(key)).map((key) => `${table} ${key}`);
  });
}

/** Returns the first page of a table or index. */
export function findRoot(file: string, name: string): number {
  return withDatabaseCopy(
    file,
    (database) =>
      (database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name) as { rootpage: number })
        .rootpage,
  );
}

/** Returns the first page with rows of a table without rowid that has an inner page. */
export function findFirstLeaf(file: string, table: string): number {
  const root = (findRoot(file, table) - 1) * PAGE_BYTES;
  const bytes = readFileSync(file);
  return bytes.readUInt32BE(root + bytes.readUInt16BE(root + 12));
}

/** Overwrites a page of a file. @param page from 1 */
export function overwritePage(file: string, page: number, byte = 0xa5): void {
  const bytes = readFileSync(file);
  bytes.fill(byte, (page - 1) * PAGE_BYTES, page * PAGE_BYTES);
  writeFileSync(file, bytes);
}

/** Flips a bit of a byte that is not zero: most zeros of a database are free space. */
export function flipUsedBit(file: string, seed: number): void {
  const random = createRandom(seed);
  const bytes = readFileSync(file);
  let offset = random(bytes.length);
  while (bytes[offset] === 0) offset = random(bytes.length);
  bytes[offset] = (bytes[offset] ?? 0) ^ (1 << random(8));
  writeFileSync(file, bytes);
}
