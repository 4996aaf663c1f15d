/** A consistent copy of the database file, taken from any process while the service goes on. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorMessage } from '../../counters/errors.js';
import { assertApplicationId, getDatabasePath, checkDatabase, openReadOnly } from './database.js';

/**
 * Copies the store in `directory` to `file`: all that was acknowledged before the call, and nothing half. The service that
 * uses it goes on and waits for nothing. The copy has its name when it is whole and on the disk, not before.
 * Put back as `tallyboard.db` in a directory of its own it is a store like any other.
 * @throws Error for people, with what to do: `file` is there already, there is no store, or one of them fails.
 */
export function backupDatabase(directory: string, file: string): void {
  const [source, target] = [getDatabasePath(directory), resolve(file)];
  if (!existsSync(source)) {
    throw new Error(
      `there is no store in ${resolve(directory)}: set DATA_DIR to the data directory of the service that is to be copied`,
    );
  }
  assertAbsent(target);
  const partFile = `${target}.${process.pid}.part`;
  try {
    copyDatabase(directory, partFile);
    checkDatabase(partFile);
    syncToDisk(partFile);
    assertAbsent(target);
    renameSync(partFile, target);
    // A directory cannot be opened on Windows, which writes names down on its own.
    if (process.platform !== 'win32') syncToDisk(dirname(target));
  } catch (error) {
    throw new Error(`${source} was not copied to ${target}: ${errorMessage(error)}`, { cause: error });
  } finally {
    for (const leftover of [partFile, `${partFile}-journal`]) if (existsSync(leftover)) rmSync(leftover);
  }
}

/** Never over another file: it may be the only backup that there is. */
function assertAbsent(target: string): void {
  if (existsSync(target)) throw new Error(`${target} is there already: name another file, or move that one away`);
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

function syncToDisk(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
