/** Puts a backup in the place of a store that is not in use. */
import { copyFileSync, existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StoreOpenError } from '../store-open.error.js';
import { syncToDisk } from '../part-file.js';
import { assertReadable } from './directory-faults.js';
import { adoptBackup, addBackupMark } from './backup-mark.js';
import {
  acquireLock,
  checkDatabase,
  copyDatabaseFile,
  createDirectory,
  getDatabasePath,
  removeDatabaseFiles,
} from './database.js';

export interface RestoredStore {
  /** Path of the restored database. */
  readonly file: string;
  /** Where the database that was there before is kept, with its write-ahead log. Undefined if there was none. */
  readonly keptAs: string | undefined;
}

/**
 * Replaces the store in a directory by a backup, and gives every dashboard a new epoch. The directory is created if it
 * does not exist, and locked meanwhile.
 *
 * A crash at any moment leaves the old store, the restored one, or a restored file beside the old write-ahead log. The
 * last is never opened: the file carries the mark of a backup until the log is gone (backup-mark.ts).
 * @param source path of a backup, or of any other complete database of a store that is not in use
 * @throws Error, whose message says what to do, if the backup is missing or damaged, if the store is in use, or if
 *   writing fails; then the store is unchanged
 */
export function restoreDatabase(source: string, directory: string): RestoredStore {
  const [from, file] = [resolve(source), getDatabasePath(directory)];
  assertReadable(from);
  if (!existsSync(from)) throw new StoreOpenError(`there is no file ${from}: specify the path of the backup`);
  if (existsSync(file) && isSameFile(from, file))
    throw new StoreOpenError(`${from} is the database of the store itself: specify the path of the backup`);
  createDirectory(directory);
  const lock = acquireLock(directory);
  const newFile = `${file}.restoring`;
  try {
    checkDatabase(from, 'restore another backup');
    removeDatabaseFiles(newFile);
    copyDatabaseFile(from, newFile);
    addBackupMark(newFile);
    syncToDisk(newFile);
    const keptAs = keepFiles(file);
    renameSync(newFile, file);
    syncDirectory(file);
    for (const end of ['-wal', '-shm', '-journal']) rmSync(`${file}${end}`, { force: true });
    syncDirectory(file);
    adoptBackup(file);
    return { file, keptAs };
  } finally {
    removeDatabaseFiles(newFile);
    lock.close();
  }
}

/** Gives the files second names, under which they stay. They are still in place if the process crashes. */
function keepFiles(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const keptAs = `${file}.replaced-${Date.now()}`;
  for (const end of ['', '-wal']) if (existsSync(`${file}${end}`)) linkOrCopy(`${file}${end}`, `${keptAs}${end}`);
  return keptAs;
}

/** Not every file system has links. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
    syncToDisk(to);
  }
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [statSync(one, { bigint: true }), statSync(other, { bigint: true })];
  return a.ino === b.ino && a.dev === b.dev;
}

/** Makes renames and removals durable. Windows cannot open a directory, and keeps its entries in a journal. */
function syncDirectory(file: string): void {
  if (process.platform !== 'win32') syncToDisk(dirname(file));
}
