/** Finds the pages that a write-ahead log has, also behind damaged frames, at which SQLite would stop. */
import { existsSync, openSync, readSync } from 'node:fs';
import { errorMessage } from '../../../counters/errors.js';
import { checkFrames } from '../wal-check.js';
import type { RepairLog } from './repair-log.js';
import { getPageOffset, isPageSize, parseWalHeader, readFrames, WAL_HEADER_BYTES } from '../wal-format.js';
import { recoverHeader } from '../wal-header.js';

/** A copy of a page in the log. */
export interface PageCopy {
  /** Offset of the page in the log. */
  readonly offset: number;
  /** True if the checksum of its frame is wrong, or cannot be verified. */
  readonly isSuspect: boolean;
}

export interface LogPages {
  readonly descriptor: number | undefined;
  readonly pageBytes: number;
  /** Size of the database after the last transaction, pages. Undefined if the log has none. */
  readonly databasePages: number | undefined;
  /** Copies by page, newest first. */
  readonly copies: ReadonlyMap<number, readonly PageCopy[]>;
}

interface FrameSummary {
  readonly page: number;
  readonly databasePages: number;
  readonly isIntact: boolean;
  readonly isOfThisLog: boolean;
}

/**
 * Takes every transaction up to the last one whose commit can be verified. If frames of that one are damaged, it is
 * left out: a power cut leaves a transaction like that before it is acknowledged.
 * @param pageBytes page size of the database file, for a log whose header is damaged
 */
export function readLogPages(file: string, pageBytes: number, repairLog: RepairLog): LogPages {
  const log = `${file}-wal`;
  const copies = new Map<number, PageCopy[]>();
  const none: LogPages = { descriptor: undefined, pageBytes, databasePages: undefined, copies };
  if (!existsSync(log)) return none;
  const descriptor = openSync(log, 'r');
  const empty: LogPages = { ...none, descriptor };
  const bytes = Buffer.alloc(WAL_HEADER_BYTES);
  try {
    if (readSync(descriptor, bytes, 0, bytes.length, 0) < bytes.length) return empty;
  } catch (error) {
    repairLog.recordLoss(`${log} cannot be read: ${errorMessage(error)}`);
    return empty;
  }
  const parsed = parseWalHeader(bytes);
  const logPageBytes = parsed.isIntact && isPageSize(parsed.pageBytes) ? parsed.pageBytes : pageBytes;
  const frames: FrameSummary[] = [];
  let header = parsed;
  try {
    header = recoverHeader(parsed, logPageBytes, readFrames(descriptor, logPageBytes));
    for (const { frame, isIntact, isOfThisLog } of checkFrames(readFrames(descriptor, logPageBytes), header))
      frames.push({ page: frame.page, databasePages: frame.databasePages, isIntact, isOfThisLog });
  } catch (error) {
    repairLog.recordLoss(`${log} cannot be read behind frame ${frames.length}: ${errorMessage(error)}`);
  }
  const end = findEnd(frames, log, repairLog);
  if (!header.isIntact && end > 0)
    repairLog.recordDamage(`the header of ${log} is damaged: its frames were used all the same`);
  const firstDamaged = frames.slice(0, end).findIndex(({ isIntact }) => !isIntact);
  if (firstDamaged >= 0)
    repairLog.recordDamage(`frame ${firstDamaged + 1} of ${log} is damaged: those behind it were used all the same`);
  for (const [index, { page, isIntact, isOfThisLog }] of frames.slice(0, end).entries()) {
    if (!isIntact && !isOfThisLog) {
      repairLog.recordLoss(`frame ${index + 1} of ${log} is damaged: pages that it had may be of an earlier state`);
      continue;
    }
    const copy = { offset: getPageOffset(index, logPageBytes), isSuspect: !isIntact };
    copies.set(page, [copy, ...(copies.get(page) ?? []).slice(0, 1)]);
  }
  return { descriptor, pageBytes: logPageBytes, databasePages: frames[end - 1]?.databasePages || undefined, copies };
}

/** @returns the number of frames to use */
function findEnd(frames: readonly FrameSummary[], log: string, repairLog: RepairLog): number {
  const isCommit = ({ databasePages, isIntact, isOfThisLog }: FrameSummary): boolean =>
    databasePages !== 0 && (isIntact || isOfThisLog);
  const last = frames.findLastIndex((frame) => frame.isIntact && frame.databasePages !== 0);
  let end = last + 1;
  if (last >= 0) {
    const previous = frames.slice(0, last).findLastIndex(isCommit);
    if (frames.slice(previous + 1, last).some(({ isIntact }) => !isIntact)) end = previous + 1;
  }
  const dropped = frames.slice(end).findLastIndex(({ isOfThisLog, isIntact }) => isOfThisLog || isIntact) + 1;
  if (dropped > 0) {
    repairLog.recordLoss(
      `the last ${dropped} frames of ${log} are an incomplete transaction, which was left out: if its change sets were ` +
        'acknowledged, they are lost',
    );
  }
  return end;
}
