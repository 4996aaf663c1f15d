/** SQLite stores, each closed after the test that opened it. */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import type { StoreFactory } from '../../src/store/contract/fixtures.contract.js';
import { Clock, type TimeOfDay } from '../../src/clock/clock.js';
import { SqliteStore } from '../../src/store/sqlite/sqlite.store.js';
import { checkWholeDatabase } from '../../src/store/sqlite/whole-check.js';
import type { Limits, Retention } from '../../src/store/store.js';
import { createTempDirectory } from './temp-directory.js';
import { afterTest } from './cleanup.js';

const RETENTION: Retention = { keyTtlMs: 86_400_000, ledgerRetentionMs: 30 * 86_400_000, maxLedgerEntries: 1_000_000 };
const LIMITS: Limits = { maxCounters: 1_000, maxDashboards: 10_000 };
const openedStores: SqliteStore[] = [];

afterEach(async () => {
  await Promise.all(openedStores.splice(0).map((store) => store.close()));
});

export async function openSqliteStore(
  directory: string,
  retention?: Partial<Retention>,
  options: { maxPending?: number; limits?: Partial<Limits> | undefined; clock?: TimeOfDay | undefined } = {},
): Promise<SqliteStore> {
  const store = new SqliteStore(
    {
      directory,
      retention: { ...RETENTION, ...retention },
      limits: { ...LIMITS, ...options.limits },
      timeZone: 'UTC',
      maxPending: options.maxPending ?? 10_000,
      // Ends waiting for a disk that does not respond at all.
      timeoutMs: 60_000,
    },
    options.clock ?? new Clock(15_000),
  );
  await store.open();
  openedStores.push(store);
  return store;
}

export const createSqliteStore: StoreFactory = async (retention, limits, clock) => {
  const directory = createTempDirectory();
  const store = await openSqliteStore(directory, retention, { limits, clock });
  const reopen = async (): Promise<SqliteStore> => {
    await store.close();
    return openSqliteStore(directory, retention, { limits, clock });
  };
  return { store, reopen };
};

export function getDatabasePath(directory: string): string {
  return join(directory, 'tallyboard.db');
}

/**
 * Creates a closed store in which dashboard `main` has `changes` keyed changes of one order each.
 * @returns its directory
 */
export async function createDatabaseFile(changes: number): Promise<string> {
  const directory = createTempDirectory();
  const store = await openSqliteStore(directory);
  await store.define('main', { counters: { orders: { singular: 'order' } } });
  const counts = Array.from({ length: changes }, (_, index) => index);
  const change = { dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] };
  await Promise.all(counts.map((count) => store.apply({ ...change, key: `k${count}`, reason: 'x'.repeat(100) })));
  await store.close();
  return directory;
}

/** Opens a database file without the store, and closes it after `run`. */
export function withDatabase<T>(file: string, run: (database: Database.Database) => T): T {
  const database = new Database(file);
  try {
    return run(database);
  } finally {
    database.close();
  }
}

/**
 * Opens a copy of a database file. The driver ends a connection only when its statements are collected as garbage, and
 * may then still write what the log has to the file.
 */
export function withDatabaseCopy<T>(file: string, run: (database: Database.Database) => T): T {
  const copy = join(createTempDirectory(), 'copy.db');
  for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
  return withDatabase(copy, run);
}

/** Checks a database file as `tallyboard check` does. */
export function listFindings(file: string): string[] {
  const findings: string[] = [];
  checkWholeDatabase(file, (finding) => findings.push(finding));
  return findings;
}

/** Takes the write lock of a database file. @returns a function that releases it; the end of the test does so too */
export function lockDatabase(file: string): () => void {
  const database = new Database(file);
  database.exec('BEGIN IMMEDIATE');
  const release = (): void => {
    if (database.open) database.close();
  };
  afterTest(release);
  return release;
}
