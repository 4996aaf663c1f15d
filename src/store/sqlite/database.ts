/** Opens, locks, checks and migrates the database file. The only file that imports the SQLite driver. */
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { errorMessage } from '../../counters/errors.js';
import { assertAccess, explainBusyLock } from './directory-faults.js';
import { presentOlderTables } from './older-schema.js';
import { MIGRATIONS, type MigrationSettings } from './schema.js';
import { StoreOpenError } from '../store-open.error.js';
import { findDamagedDefinition, findDamagedStructure } from './start-check.js';
import { checkLog, type LogState } from './wal-check.js';

export type { Database };
export type Statement = Database.Statement;

/** `PRAGMA application_id` of Tallyboard's files: "tlyb" in ASCII. */
const APPLICATION_ID = 0x746c7962;

/**
 * Longest wait for another program that holds the file for a moment, milliseconds: the last one that closes it holds it
 * alone while it empties the write-ahead log.
 */
const OPEN_BUSY_TIMEOUT_MS = 2_000;
/**
 * Time that a write waits for a lock of another program, such as Litestream during a checkpoint, milliseconds. Less
 * than the readiness check waits for the store (800 ms), which queues behind the write.
 */
const BUSY_TIMEOUT_MS = 500;

export interface OpenDatabase {
  readonly database: Database.Database;
  /** Frames of the write-ahead log that were left out, because their transaction is incomplete. */
  readonly droppedFrames: number;
  /** Checkpoints the write-ahead log into the file, closes both and releases the lock. */
  readonly close: () => void;
}

/**
 * Opens `tallyboard.db` in a directory, creates both if they do not exist, and migrates the schema.
 * @param prepare called with the path of an existing file, once the directory is locked and before the file is opened
 * @throws StoreOpenError if another process holds the directory, if the file is damaged or another program's, or if it
 *   cannot be written
 */
export function openDatabase(
  directory: string,
  settings: MigrationSettings,
  prepare?: (file: string) => void,
): OpenDatabase {
  const file = getDatabasePath(directory);
  createDirectory(directory);
  const lock = acquireLock(directory);
  try {
    if (existsSync(file)) prepare?.(file);
    else createDatabaseFile(file, settings);
    const { database, droppedFrames } = openDatabaseFile(file, settings);
    return {
      database,
      droppedFrames,
      close() {
        database.close();
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error instanceof StoreOpenError ? error : new StoreOpenError(`cannot open ${file}: ${errorMessage(error)}`);
  }
}

/**
 * Opens a read-only connection to the file of a store that may be in use. Each read transaction sees everything that
 * was committed before it began.
 */
export function openReadOnly(directory: string): Database.Database {
  const database = new Database(toReadOnlyUri(getDatabasePath(directory)));
  database.exec('PRAGMA busy_timeout=1000');
  return database;
}

/**
 * Copies a database with its write-ahead log to a new file. `VACUUM INTO` is one read transaction: it copies one moment
 * of the store, and blocks no commit.
 */
export function copyDatabaseFile(file: string, target: string): void {
  const database = new Database(toReadOnlyUri(file));
  try {
    assertApplicationId(database, file);
    database.exec(`PRAGMA busy_timeout=1000; VACUUM INTO '${target.replaceAll("'", "''")}'`);
  } finally {
    database.close();
  }
}

/** Migrates a private copy of a database file, without syncing to disk. */
export function migrateCopy(file: string, settings: MigrationSettings): void {
  if (readSchemaVersion(file) === MIGRATIONS.length) return;
  const database = new Database(file);
  try {
    database.exec('PRAGMA synchronous=OFF');
    migrate(database, settings);
  } finally {
    database.close();
  }
}

/** Opens the file alone, without its write-ahead log, and without locks. Only for reading what cannot change. */
export function openImmutable(file: string): Database.Database {
  return new Database(`${pathToFileURL(file).href}?immutable=1`);
}

/** Opens a file that nobody else uses, to change it before it becomes a store. */
export function openToPrepare(file: string): Database.Database {
  const database = new Database(file);
  database.exec('PRAGMA synchronous=FULL');
  return database;
}

/**
 * Creates a database for a repair, to be filled in any order before anybody else uses it: unsynced, without a journal.
 * @param version schema to begin with. Default: the latest
 */
export function createDatabaseToFill(
  file: string,
  settings: MigrationSettings,
  version = MIGRATIONS.length,
): Database.Database {
  const database = new Database(file);
  database.exec(
    `PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-65536;
     PRAGMA application_id=${APPLICATION_ID}`,
  );
  migrate(database, settings, MIGRATIONS.slice(0, version));
  return database;
}

export function removeDatabaseFiles(file: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${end}`, { force: true });
}

/** Reads the number of migrations that the file has had. 0 if it cannot be read; opening it says why. */
export function readSchemaVersion(file: string): number {
  const database = new Database(toReadOnlyUri(file));
  try {
    return readPragma(database, 'user_version');
  } catch {
    return 0;
  } finally {
    database.close();
  }
}

export function getLockPath(directory: string): string {
  return join(resolve(directory), 'tallyboard.lock');
}

/** As {@link openReadOnly}, by path. @throws StoreOpenError if the file is another program's */
export function openFileReadOnly(file: string): Database.Database {
  const database = new Database(toReadOnlyUri(file));
  try {
    database.exec(`PRAGMA busy_timeout=${OPEN_BUSY_TIMEOUT_MS}`);
    assertApplicationId(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

export function getDatabasePath(directory: string): string {
  return join(resolve(directory), 'tallyboard.db');
}

function toReadOnlyUri(file: string): string {
  return `${pathToFileURL(file).href}?mode=ro`;
}

export function createDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new StoreOpenError(
      `cannot create data directory ${resolve(directory)} (${errorMessage(error)}): ` +
        'create it for the user that runs Tallyboard, or set DATA_DIR to a writable directory',
    );
  }
}

/**
 * Holds `tallyboard.lock` until the process ends. The lock is a database in an exclusive transaction: the kernel
 * releases SQLite's file locks however the process ends, and the data file itself stays open to readers.
 */
export function acquireLock(directory: string): Database.Database {
  assertAccess(directory);
  try {
    return lockFile(getLockPath(directory));
  } catch (error) {
    if (isBusy(error)) throw new StoreOpenError(explainBusyLock(directory, canLock(directory)));
    throw new StoreOpenError(
      `cannot write to data directory ${resolve(directory)} (${errorMessage(error)}): ` +
        'check that the user that runs Tallyboard may write there, and that the disk has free space',
    );
  }
}

function lockFile(file: string): Database.Database {
  const lock = new Database(file);
  try {
    lock.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Locks a file that nobody else uses. SQLite reports a file system without locks as if somebody held the lock. */
function canLock(directory: string): boolean {
  const probe = `${getLockPath(directory)}-probe-${process.pid}`;
  try {
    lockFile(probe).close();
    return true;
  } catch (error) {
    return !isBusy(error);
  } finally {
    removeDatabaseFiles(probe);
  }
}

function isBusy(error: unknown): boolean {
  return getSqliteCode(error).startsWith('SQLITE_BUSY');
}

/**
 * Creates the file under another name and renames it when complete, so that an empty or torn `tallyboard.db` is always
 * damage.
 */
function createDatabaseFile(file: string, settings: MigrationSettings): void {
  const walFile = `${file}-wal`;
  if (existsSync(walFile) && statSync(walFile).size > 0) {
    throw new StoreOpenError(
      `${file} is missing but its write-ahead log ${walFile} exists: move the file back, or restore a backup with ` +
        `\`tallyboard restore BACKUP --data-dir ${dirname(file)}\`. To start over with empty counters, move the log and ` +
        `${file}-shm away as well`,
    );
  }
  const newFile = `${file}.new`;
  removeDatabaseFiles(newFile);
  const database = new Database(newFile);
  try {
    database.exec(`PRAGMA synchronous=FULL; PRAGMA application_id=${APPLICATION_ID}`);
    migrate(database, settings);
  } finally {
    database.close();
  }
  renameSync(newFile, file);
}

function openDatabaseFile(file: string, settings: MigrationSettings): Omit<OpenDatabase, 'close'> {
  const { droppedFrames } = checkDatabase(file);
  const database = new Database(file);
  try {
    // A cache of 16 MiB. Keys in random order, such as UUIDs, touch a page each, and cost a third less with the cache.
    database.exec(
      `PRAGMA busy_timeout=${OPEN_BUSY_TIMEOUT_MS}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
       PRAGMA wal_autocheckpoint=1000; PRAGMA cache_size=-16384`,
    );
    migrate(database, settings);
    database.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
    return { database, droppedFrames };
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Reads the number of migrations that a file has had.
 * @throws StoreOpenError if this version does not know them all
 */
export function readKnownSchema(database: Database.Database, file: string): number {
  const version = readPragma(database, 'user_version');
  if (version <= MIGRATIONS.length) return version;
  throw new StoreOpenError(
    `${file} was written by a newer Tallyboard (schema ${version}, this version supports ${MIGRATIONS.length}): ` +
      'run that version or a later one',
  );
}

/**
 * Checks that the file is Tallyboard's, undamaged and not newer than this program. Uses a read-only connection: one
 * that can write would, when it closes, copy the write-ahead log into a damaged file and delete the log
 * (test/store/sqlite-file.e2e-spec.ts).
 * @param remedy what to do with a damaged file. Default: restore a backup in its place
 * @returns what SQLite drops of the log, which is no damage
 * @throws StoreOpenError
 */
export function checkDatabase(file: string, remedy = getRestoreRemedy(file)): LogState {
  if (statSync(file).size === 0) throw createDamagedError(file, 'it is empty', remedy);
  const log = assertLogIntact(file, remedy);
  let database: Database.Database | undefined;
  try {
    database = openFileReadOnly(file);
    const version = readKnownSchema(database, file);
    const structure = findDamagedStructure(database, statSync(file).size);
    presentOlderTables(database, version);
    const finding = structure ?? findDamagedDefinition(database);
    if (finding !== undefined) throw createDamagedError(file, finding, remedy);
    return log;
  } catch (error) {
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(getSqliteCode(error)))
      throw createDamagedError(file, errorMessage(error), remedy);
    throw error;
  } finally {
    database?.close();
  }
}

/** @throws StoreOpenError if the file is another program's */
function assertApplicationId(database: Database.Database, file: string): void {
  if (readPragma(database, 'application_id') === APPLICATION_ID) return;
  throw new StoreOpenError(`${file} is not a Tallyboard database: move it away, or set DATA_DIR to another directory`);
}

/** @throws StoreOpenError if SQLite would drop committed transactions of the write-ahead log */
export function assertLogIntact(file: string, remedy = getRestoreRemedy(file)): LogState {
  const state = checkLog(file);
  const { unreachableCommits } = state;
  if (unreachableCommits === 0) return state;
  throw createDamagedError(
    file,
    `${file}-wal has ${unreachableCommits} or more commits behind a damaged place`,
    remedy,
  );
}

function createDamagedError(file: string, finding: string, remedy: string): StoreOpenError {
  return new StoreOpenError(`${file} is damaged (${finding}) and was not changed: ${remedy}`);
}

function getRestoreRemedy(file: string): string {
  return (
    `restore a backup with \`tallyboard restore BACKUP --data-dir ${dirname(file)}\`, which replaces ${file}, ` +
    `${file}-wal and ${file}-shm. Without a backup, rebuild what can be read with \`tallyboard repair repaired.db ` +
    `--data-dir ${dirname(file)}\`. To start over with empty counters, move all three away`
  );
}

/** Runs each step in a transaction with its number, so that an interrupted migration continues at the next start. */
export function migrate(database: Database.Database, settings: MigrationSettings, steps = MIGRATIONS): void {
  const version = readPragma(database, 'user_version');
  for (const [index, step] of steps.entries()) {
    if (index < version) continue;
    const sql = typeof step === 'string' ? step : step(settings);
    inTransaction(database, () => database.exec(`${sql}; PRAGMA user_version=${index + 1}`));
  }
}

/** Runs `work` in a transaction that may write. Commits when it returns; rolls back and rethrows when it throws. */
export function inTransaction<T>(database: Database.Database, work: () => T): T {
  return runTransaction(database, 'IMMEDIATE', work);
}

/** Runs `work` in a transaction that only reads: everything in it is read from one moment of the file. */
export function inReadTransaction<T>(database: Database.Database, work: () => T): T {
  return runTransaction(database, 'DEFERRED', work);
}

/** `exec` is cheaper here than prepared statements: 14 us per empty transaction instead of 18 us. */
function runTransaction<T>(database: Database.Database, mode: 'IMMEDIATE' | 'DEFERRED', work: () => T): T {
  database.exec(`BEGIN ${mode}`);
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has already rolled back after some errors, a full disk for example.
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

export function readPragma(database: Database.Database, pragma: string): number {
  const [row] = database.pragma(pragma) as Record<string, number>[];
  return row?.[pragma] ?? 0;
}

export function getSqliteCode(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : '';
}
