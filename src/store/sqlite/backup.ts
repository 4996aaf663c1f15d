/** Takes a consistent backup of the database file, from any process, while the service runs. */
import { existsSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorMessage } from '../../counters/errors.js';
import { PartFile } from '../part-file.js';
import { addBackupMark } from './backup-mark.js';
import { assertReadable } from './directory-faults.js';
import { assertLogIntact, checkDatabase, copyDatabaseFile, getDatabasePath } from './database.js';

/**
 * Copies the store in `directory` to `file`. The copy has every change that was acknowledged before the call, and no
 * part of a change set; commits of a running service do not wait for it. The file appears when it is complete and on
 * disk. The copy is marked: whoever opens it as a store first gives every dashboard a new epoch.
 * @throws Error, whose message says what to do, if `file` exists, if there is no store, or if reading or writing fails
 */
export function backupDatabase(directory: string, file: string): void {
  const [source, target] = [getDatabasePath(directory), resolve(file)];
  assertReadable(source);
  if (!existsSync(source)) {
    throw new Error(`there is no store in ${resolve(directory)}: set DATA_DIR to the data directory of the service`);
  }
  const partFile = new PartFile(target);
  const journal = `${partFile.path}-journal`;
  try {
    if (!existsSync(dirname(target))) throw new Error(`directory ${dirname(target)} does not exist: create it first`);
    assertLogIntact(source);
    copyDatabaseFile(source, partFile.path);
    addBackupMark(partFile.path);
    checkDatabase(partFile.path);
    partFile.commit();
  } catch (error) {
    throw new Error(`cannot copy ${source} to ${target}: ${errorMessage(error)}`, { cause: error });
  } finally {
    partFile.discard();
    if (existsSync(journal)) rmSync(journal);
  }
}
