/** A consistent copy of the database file, taken from any process while the service goes on. */
import { existsSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorMessage } from '../../counters/errors.js';
import { PartFile } from '../part-file.js';
import { assertApplicationId, getDatabasePath, checkDatabase, openReadOnly } from './database.js';

/**
 * Copies the store in `directory` to `file`: all that was acknowledged before the call, and nothing half. The service
 * that uses it goes on and waits for nothing. The copy has its name when it is whole and on the disk, not before. Put
 * back as `tallyboard.db` in a directory of its own it is a store like any other.
 * @throws Error for people, with what to do: `file` is there already, there is no store, or one of them fails.
 */
export function backupDatabase(directory: string, file: string): void {
  const [source, target] = [getDatabasePath(directory), resolve(file)];
  if (!existsSync(source)) {
    throw new Error(
      `there is no store in ${resolve(directory)}: set DATA_DIR to the data directory of the service that is to be copied`,
    );
  }
  const partFile = new PartFile(target);
  const journal = `${partFile.path}-journal`;
  try {
    copyDatabase(directory, partFile.path);
    checkDatabase(partFile.path);
    partFile.commit();
  } catch (error) {
    throw new Error(`${source} was not copied to ${target}: ${errorMessage(error)}`, { cause: error });
  } finally {
    partFile.discard();
    if (existsSync(journal)) rmSync(journal);
  }
}

/** One reading transaction, however long it takes: it sees one moment of the store, and no commit waits for it. */
function copyDatabase(directory: string, partFile: string): void {
  if (!existsSync(dirname(partFile))) throw new Error(`there is no directory ${dirname(partFile)}: make it first`);
  const database = openReadOnly(directory);
  try {
    assertApplicationId(database, getDatabasePath(directory));
    database.exec(`VACUUM INTO '${partFile.replaceAll("'", "''")}'`);
  } finally {
    database.close();
  }
}
