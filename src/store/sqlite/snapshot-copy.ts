/**
 * A private copy of the database, for reading slowly. SQLite cannot start its write-ahead log over while somebody reads
 * an old state: an export to a slow pipe made the log grow for as long as it ran.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorMessage } from '../../counters/errors.js';
import { StoreOpenError } from '../store-open.error.js';
import { copyDatabaseFile, type Database, migrateCopy, openImmutable } from './database.js';
import type { MigrationSettings } from './schema.js';

/**
 * Copies the database in one read transaction, at the speed of the disk, and opens the copy. It takes the room of the
 * database in the directory for temporary files until it is closed or the process ends. A copy of an earlier schema is
 * migrated.
 * @throws StoreOpenError
 */
export function openSnapshotCopy(file: string, settings: MigrationSettings): Database.Database {
  let directory: string | undefined;
  try {
    directory = mkdtempSync(join(tmpdir(), 'tallyboard-export-'));
    const copy = join(directory, 'copy.db');
    copyDatabaseFile(file, copy);
    migrateCopy(copy, settings);
    const database = openImmutable(copy);
    database.prepare('SELECT 1 FROM sqlite_master').get();
    return database;
  } catch (error) {
    throw new StoreOpenError(
      `cannot copy ${file} to ${directory ?? tmpdir()} (${errorMessage(error)}): ` +
        'set TMPDIR to a directory with room for a copy of the database',
    );
  } finally {
    // The open file stays readable without a name, and its room is freed however the process ends.
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  }
}
