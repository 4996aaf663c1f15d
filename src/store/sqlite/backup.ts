/** A consistent copy of the database file, taken from any process while the service goes on. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { assertTallyboard, fileOf, inspect, openReading } from './database.js';
import { messageOf } from '../store-open.error.js';

/**
 * Copies the store in `directory` to `file`: all that was acknowledged before the call, and nothing half. The service that
 * uses it goes on and waits for nothing. The copy has its name when it is whole and on the disk, not before.
 * Put back as `tallyboard.db` in a directory of its own it is a store like any other.
 * @throws Error for people, with what to do: `file` is there already, there is no store, or one of them fails.
 */
export function backupDatabase(directory: string, file: string): void {
  const [source, target] = [fileOf(directory), resolve(file)];
  if (!existsSync(source)) {
    throw new Error(
      `there is no store in ${resolve(directory)}: set DATA_DIR to the data directory of the service that is to be copied`,
    );
  }
  assertFree(target);
  const draft = `${target}.${process.pid}.part`;
  try {
    copy(directory, draft);
    inspect(draft);
    flush(draft);
    assertFree(target);
    renameSync(draft, target);
    // A directory cannot be opened on Windows, which writes names down on its own.
    if (process.platform !== 'win32') flush(dirname(target));
  } catch (error) {
    throw new Error(`${source} was not copied to ${target}: ${messageOf(error)}`, { cause: error });
  } finally {
    for (const leftover of [draft, `${draft}-journal`]) if (existsSync(leftover)) rmSync(leftover);
  }
}

/** Never over another file: it may be the only backup that there is. */
function assertFree(target: string): void {
  if (existsSync(target)) throw new Error(`${target} is there already: name another file, or move that one away`);
}

/** One reading transaction, however long it takes: it sees one moment of the store, and no commit waits for it. */
function copy(directory: string, draft: string): void {
  if (!existsSync(dirname(draft))) throw new Error(`there is no directory ${dirname(draft)}: make it first`);
  const database = openReading(directory);
  try {
    assertTallyboard(database, fileOf(directory));
    database.exec(`VACUUM INTO '${draft.replaceAll("'", "''")}'`);
  } finally {
    database.close();
  }
}

function flush(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
