/** Checks a whole database file: its write-ahead log, every page and index, every row, and what contradicts what. */
import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { errorMessage } from '../../counters/errors.js';
import { StoreOpenError } from '../store-open.error.js';
import { assertReadable } from './directory-faults.js';
import { checkLog, describeDroppedFrames } from './wal-check.js';
import {
  type Database,
  getSqliteCode,
  inReadTransaction,
  openFileReadOnly,
  readKnownSchema,
  readPragma,
} from './database.js';
import { presentOlderTables } from './older-schema.js';
import { type CheckCursor, RowCheck, startCheck } from './row-check.js';
import { findDamagedDefinition, listStructureFindings } from './start-check.js';

/** `rows`: rows contradict each other, or one cannot be decoded. `structure`: everything else. */
export type FindingKind = 'structure' | 'rows';

/**
 * Reads everything. The file may be in use: the check of the pages is one long read, and the write-ahead log of the
 * service grows meanwhile; the rows are read in short steps.
 * @param report receives each finding, described for people
 * @param reportNote receives what is no damage, but worth to know
 * @returns the number of findings
 * @throws StoreOpenError if there is no such file, or if it is another program's or a newer version's
 */
export function checkWholeDatabase(
  file: string,
  report: (finding: string, kind: FindingKind) => void,
  reportNote: (note: string) => void = () => undefined,
): number {
  assertReadable(file);
  if (!existsSync(file)) throw new StoreOpenError(`there is no store in ${file}`);
  const known = new Set<string>();
  const record = (finding: string, kind: FindingKind = 'structure'): void => {
    if (known.has(finding)) return;
    known.add(finding);
    report(finding, kind);
  };
  const log = checkLog(file);
  const { unreachableCommits, droppedFrames } = log;
  if (unreachableCommits > 0) record(`${file}-wal has ${unreachableCommits} or more commits behind a damaged place`);
  const database = openUnlessDamaged(file, record);
  if (!database) return known.size;
  try {
    for (const finding of listStructureFindings(database)) record(finding);
    // Rows of a form that this version does not know cannot be checked, and a number that is damaged is no form.
    if (known.size > 0) presentOlderTables(database, readPragma(database, 'user_version'));
    else presentOlderTables(database, readKnownSchema(database, file));
    const contradiction = inReadTransaction(database, () => findDamagedDefinition(database));
    if (contradiction !== undefined) record(contradiction);
    const rows = new RowCheck(database);
    for (let cursor: CheckCursor | undefined = startCheck(); cursor;) {
      const step = rows.runStep(cursor);
      for (const finding of step.findings) record(finding, 'rows');
      cursor = step.next;
    }
  } catch (error) {
    if (error instanceof StoreOpenError) throw error;
    // Pages that cannot be read at all: SQLite goes no further.
    record(error instanceof Error ? error.message : String(error));
  } finally {
    database.close();
  }
  // A transaction that a service was just writing is complete by now.
  if (unreachableCommits === 0 && droppedFrames > 0 && isDeepStrictEqual(checkLog(file), log))
    reportNote(describeDroppedFrames(file, droppedFrames));
  return known.size;
}

/** Opens the file, or records that its first page is damaged. @throws StoreOpenError, and errors that are no damage */
function openUnlessDamaged(file: string, record: (finding: string) => void): Database.Database | undefined {
  try {
    return openFileReadOnly(file);
  } catch (error) {
    if (!/^SQLITE_(CORRUPT|NOTADB)/.test(getSqliteCode(error))) throw error;
    record(`the first page is damaged: ${errorMessage(error)}`);
    return undefined;
  }
}
