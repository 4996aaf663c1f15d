/**
 * The mark of a backup: a table that only copies have. Whoever opens a copy as a store first gives every dashboard a
 * new epoch, since clients may hold later revisions of the old one.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DELIVERY_FOLDER } from '../document-store.js';
import { StoreOpenError } from '../store-open.error.js';
import { checkDatabase, type Database, inTransaction, openImmutable, openToPrepare } from './database.js';

const MARK_TABLE = 'backup_mark';

/** Marks a complete copy. Idempotent. The copy must not be in use. */
export function addBackupMark(file: string): void {
  withDatabase(file, (database) => database.exec(`CREATE TABLE IF NOT EXISTS ${MARK_TABLE} (at INTEGER) STRICT`));
}

/**
 * True if the file has the mark. Reads the file without its write-ahead log: of a copy that was put beside another
 * file's log, that is the copy. False if the file cannot be read; opening it says why.
 */
export function hasBackupMark(file: string): boolean {
  let database: Database.Database | undefined;
  try {
    database = openImmutable(file);
    return database.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(MARK_TABLE) !== undefined;
  } catch {
    return false;
  } finally {
    database?.close();
  }
}

/**
 * Makes a store of a marked copy: gives every dashboard a new epoch and removes the mark, in one transaction. Call it
 * before anything else opens the file to write, and with the lock of the directory held.
 * @returns true if the file was marked
 * @throws StoreOpenError if the copy stands beside a write-ahead log, which would overwrite parts of it
 */
export function adoptBackup(file: string): boolean {
  rollBack(file);
  if (!hasBackupMark(file)) return false;
  const log = `${file}-wal`;
  if (existsSync(log) && statSync(log).size > 0) {
    throw new StoreOpenError(
      `${file} is a backup, but ${log} belongs to the file that was there before, and would undo the restore. ` +
        `Nothing was changed: run \`tallyboard restore BACKUP --data-dir ${dirname(file)}\` with the original backup, ` +
        `or move ${log} and ${file}-shm away and start again`,
    );
  }
  checkDatabase(file);
  withDatabase(file, startNewEpochs);
  return true;
}

/**
 * Gives every dashboard a new epoch, and removes the mark if there is one. Notifications that wait are deleted: they
 * may have been sent since the file was copied.
 */
export function startNewEpochs(database: Database.Database): void {
  inTransaction(database, () => {
    const update = database.prepare('UPDATE dashboards SET epoch = ? WHERE id = ?');
    for (const { id } of database.prepare('SELECT id FROM dashboards').all() as { id: number }[])
      update.run(randomUUID(), id);
    // Earlier schemas have no documents.
    if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'documents'").get() !== undefined)
      database.exec(`DELETE FROM documents WHERE name LIKE '${DELIVERY_FOLDER}%'`);
    database.exec(`DROP TABLE IF EXISTS ${MARK_TABLE}`);
  });
}

/** Undoes a transaction that a crash interrupted, before the file had a write-ahead log. */
function rollBack(file: string): void {
  if (!existsSync(`${file}-journal`) || existsSync(`${file}-wal`)) return;
  withDatabase(file, (database) => database.prepare('SELECT 1 FROM sqlite_master').get());
}

function withDatabase(file: string, run: (database: Database.Database) => void): void {
  const database = openToPrepare(file);
  try {
    run(database);
  } finally {
    database.close();
  }
}
