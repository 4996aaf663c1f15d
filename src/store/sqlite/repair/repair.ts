/** Rebuilds a damaged database as a new file from what can be read, and from what the data says about itself. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StoreOpenError } from '../../store-open.error.js';
import { PartFile } from '../../part-file.js';
import { addBackupMark } from '../backup-mark.js';
import {
  acquireLock,
  createDatabaseToFill,
  type Database,
  getDatabasePath,
  inTransaction,
  migrate,
  removeDatabaseFiles,
} from '../database.js';
import { assertReadable } from '../directory-faults.js';
import type { MigrationSettings } from '../schema.js';
import { checkWholeDatabase } from '../whole-check.js';
import { DamagedFile } from './damaged-file.js';
import { RepairLog } from './repair-log.js';
import { copyReadableRows, type ReadableRows } from './salvage.js';
import { rebuild } from './rebuild.js';

export interface RepairResult {
  readonly dashboards: number;
  readonly counters: number;
  /** Lines about something that was rebuilt from other data. */
  readonly repairs: number;
  /** Lines about something that is or may be lost. */
  readonly losses: number;
}

/**
 * Writes a repaired copy of the store in a directory to `target`, and changes nothing else. The directory is locked
 * meanwhile. Every dashboard gets a new epoch, and the copy is marked as a backup is (backup-mark.ts).
 * @param settings of the migration, where the file has an earlier schema
 * @param report receives what is damaged, repaired and lost, line by line
 * @throws Error, whose message says what to do, if the store is in use, if `target` exists, or if nothing can be read
 */
export function repairDatabase(
  directory: string,
  target: string,
  settings: MigrationSettings,
  report: (line: string) => void,
): RepairResult {
  const file = getDatabasePath(directory);
  assertReadable(file);
  if (!existsSync(file)) throw new StoreOpenError(`there is no store in ${file}`);
  const path = resolve(target);
  const partFile = new PartFile(path);
  if (!existsSync(dirname(path))) throw new Error(`directory ${dirname(path)} does not exist: create it first`);
  const lock = acquireLock(directory);
  const log = new RepairLog(report);
  try {
    const definitions = fill(file, partFile.path, settings, log);
    addBackupMark(partFile.path);
    const findings: string[] = [];
    checkWholeDatabase(partFile.path, (finding, kind) => {
      if (kind === 'rows') log.recordLoss(`${finding}; this was left as it is`);
      else findings.push(finding);
    });
    if (findings.length > 0) throw new Error(`what was rebuilt is not sound (${findings.slice(0, 3).join('; ')})`);
    partFile.commit();
    return { ...definitions, repairs: log.repairs, losses: log.losses };
  } finally {
    removeDatabaseFiles(partFile.path);
    lock.close();
  }
}

function fill(
  file: string,
  target: string,
  settings: MigrationSettings,
  log: RepairLog,
): Pick<RepairResult, 'dashboards' | 'counters'> {
  const damaged = new DamagedFile(file, log);
  let database: Database.Database | undefined;
  try {
    const create = (version: number): Database.Database => (database = createDatabaseToFill(target, settings, version));
    const rows: ReadableRows = copyReadableRows(damaged, create, log);
    const filled = rows.database;
    migrate(filled, settings);
    return inTransaction(filled, () => rebuild(rows, randomUUID, log));
  } finally {
    damaged.close();
    database?.close();
  }
}
