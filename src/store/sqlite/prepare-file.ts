/** Prepares an existing database file before it is opened as a store. */
import { existsSync, renameSync } from 'node:fs';
import { syncToDisk } from '../part-file.js';
import { adoptBackup, addBackupMark } from './backup-mark.js';
import { checkDatabase, copyDatabaseFile, readSchemaVersion, removeDatabaseFiles } from './database.js';
import { MIGRATIONS } from './schema.js';

/**
 * Takes over a restored backup, and keeps a copy of a file whose schema is about to be migrated.
 * @returns what was done, for the log
 * @throws StoreOpenError if the file is damaged, or stands beside another file's write-ahead log
 */
export function prepareFile(file: string): string[] {
  const notices: string[] = [];
  if (adoptBackup(file)) notices.push(`${file} is a restored backup: every dashboard has a new epoch`);
  const version = readSchemaVersion(file);
  if (version > 0 && version < MIGRATIONS.length) {
    const copy = keepCopy(file, version);
    notices.push(
      `${file} is migrated from schema ${version} to ${MIGRATIONS.length}; ${copy} has it as it was. To go back to the ` +
        `version before, stop the service, run \`tallyboard restore ${copy}\`, and start that version`,
    );
  }
  return notices;
}

/** An earlier copy of the same schema is kept: it is from a migration that was interrupted. */
function keepCopy(file: string, version: number): string {
  const copy = `${file}.schema-${version}`;
  if (existsSync(copy)) return copy;
  const newFile = `${copy}.new`;
  checkDatabase(file);
  removeDatabaseFiles(newFile);
  copyDatabaseFile(file, newFile);
  addBackupMark(newFile);
  syncToDisk(newFile);
  renameSync(newFile, copy);
  return copy;
}
