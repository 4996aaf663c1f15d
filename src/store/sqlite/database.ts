/** The database file: the driver, its lock, its schema and its health. The only file that knows the driver. */
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { errorMessage } from '../../counters/errors.js';
import { MIGRATIONS } from './schema.js';
import { StoreOpenError } from '../store-open.error.js';

export type { Database };
export type Statement = Database.Statement;

/** Marks a SQLite file as Tallyboard's: "tlyb". */
const APPLICATION_ID = 0x746c7962;

export interface OpenDatabase {
  readonly database: Database.Database;
  /** Checkpoints the log into the file, closes both, and gives up the lock. */
  readonly close: () => void;
}

/**
 * Opens `tallyboard.db` in a directory, makes both when they are not there, and brings the schema up to date.
 * @throws StoreOpenError when another process has it, when it is damaged or foreign, or when it cannot be written.
 */
export function openDatabase(directory: string): OpenDatabase {
  const file = getDatabasePath(directory);
  createDirectory(directory);
  const lock = acquireLock(directory);
  try {
    if (!existsSync(file)) createDatabaseFile(file);
    const database = openDatabaseFile(file);
    return {
      database,
      close() {
        database.close();
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error instanceof StoreOpenError
      ? error
      : new StoreOpenError(`${file} cannot be opened: ${errorMessage(error)}`);
  }
}

/**
 * A connection to the file of a store that is open: it cannot write, and sees all that was committed when a reading
 * begins.
 */
export function openReadOnly(directory: string): Database.Database {
  const database = new Database(toReadOnlyUri(getDatabasePath(directory)));
  database.exec('PRAGMA busy_timeout=1000');
  return database;
}

export function getDatabasePath(directory: string): string {
  return join(resolve(directory), 'tallyboard.db');
}

function toReadOnlyUri(file: string): string {
  return `${pathToFileURL(file).href}?mode=ro`;
}

function createDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new StoreOpenError(
      `the data directory ${resolve(directory)} cannot be made (${errorMessage(error)}): ` +
        'create it for the user that runs Tallyboard, or set DATA_DIR to one that can be written',
    );
  }
}

/**
 * Holds `tallyboard.lock` as long as the process lives. It is a database in an exclusive transaction, because the
 * kernel gives up SQLite's file locks with the process, however it ends, and because the data file itself stays open to
 * readers.
 */
function acquireLock(directory: string): Database.Database {
  const lock = new Database(join(directory, 'tallyboard.lock'));
  try {
    lock.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (getSqliteCode(error).startsWith('SQLITE_BUSY')) {
      throw new StoreOpenError(
        `the data directory ${resolve(directory)} is in use by another Tallyboard process: ` +
          'stop that one first, or set DATA_DIR to a directory of its own for each',
      );
    }
    throw new StoreOpenError(
      `the data directory ${resolve(directory)} cannot be written (${errorMessage(error)}): ` +
        'give the user that runs Tallyboard the right to write there, and make room on the disk',
    );
  }
}

/** Makes the file whole before it gets its name: an empty or torn file of that name is damage, never a beginning. */
function createDatabaseFile(file: string): void {
  const walFile = `${file}-wal`;
  if (existsSync(walFile) && statSync(walFile).size > 0) {
    throw new StoreOpenError(
      `${file} is gone but its log ${walFile} is still there: bring the file back from where it went or from a backup. ` +
        'Only when the counts are to start from nothing, move the log away as well',
    );
  }
  const newFile = `${file}.new`;
  for (const leftover of [newFile, `${newFile}-wal`, `${newFile}-shm`, `${newFile}-journal`])
    rmSync(leftover, { force: true });
  const database = new Database(newFile);
  try {
    database.exec(`PRAGMA synchronous=FULL; PRAGMA application_id=${APPLICATION_ID}`);
    migrate(database);
  } finally {
    database.close();
  }
  renameSync(newFile, file);
}

function openDatabaseFile(file: string): Database.Database {
  checkDatabase(file);
  const database = new Database(file);
  try {
    // 16 MiB of pages: keys that come in no order, as UUIDs do, touch a page each, and cost a third less with these at
    // hand.
    database.exec(
      'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=1000; PRAGMA cache_size=-16384',
    );
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Looks at the file through a connection that cannot write: one that can would carry the log into a damaged file when
 * it is closed, and delete the log (test/store/sqlite-file.e2e-spec.ts).
 */
export function checkDatabase(file: string): void {
  if (statSync(file).size === 0) throw createDamagedError(file, 'it is empty');
  const database = new Database(toReadOnlyUri(file));
  try {
    assertApplicationId(database, file);
    const findings = (database.pragma('quick_check(5)') as { quick_check: string }[]).map((row) => row.quick_check);
    if (findings.join() !== 'ok') throw createDamagedError(file, findings.join('; '));
    const version = readPragma(database, 'user_version');
    if (version > MIGRATIONS.length) {
      throw new StoreOpenError(
        `${file} was written by a newer Tallyboard (schema ${version}, this one knows ${MIGRATIONS.length}): ` +
          'run that version or a later one',
      );
    }
  } catch (error) {
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(getSqliteCode(error))) throw createDamagedError(file, errorMessage(error));
    throw error;
  } finally {
    database.close();
  }
}

/** @throws StoreOpenError when the file is another program's */
export function assertApplicationId(database: Database.Database, file: string): void {
  if (readPragma(database, 'application_id') === APPLICATION_ID) return;
  throw new StoreOpenError(`${file} is not a Tallyboard database: move it away, or set DATA_DIR to another directory`);
}

function createDamagedError(file: string, finding: string): StoreOpenError {
  return new StoreOpenError(
    `${file} is damaged (${finding}), and is left as it is. Put a backup in its place, or save what can be read with ` +
      `\`sqlite3 ${file} .recover\`. Only when the counts are to start from nothing, move it and its -wal file away`,
  );
}

/** Each step and its number are one transaction: a start that is cut off goes on where it was. */
function migrate(database: Database.Database): void {
  const version = readPragma(database, 'user_version');
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index >= version) inTransaction(database, () => database.exec(`${step}; PRAGMA user_version=${index + 1}`));
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

/** `exec` is the cheaper way: an empty transaction takes 14 us with it, and 18 us with prepared statements. */
function runTransaction<T>(database: Database.Database, mode: 'IMMEDIATE' | 'DEFERRED', work: () => T): T {
  database.exec(`BEGIN ${mode}`);
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite rolls back by itself after some errors, a full disk for example.
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function readPragma(database: Database.Database, pragma: string): number {
  const [row] = database.pragma(pragma) as Record<string, number>[];
  return row?.[pragma] ?? 0;
}

function getSqliteCode(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : '';
}
