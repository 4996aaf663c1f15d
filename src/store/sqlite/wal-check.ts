/**
 * Checks a write-ahead log before SQLite opens it. SQLite takes the first broken frame for the end of the log: after a
 * crash that is right, but if a frame in the middle is damaged, every later commit would be dropped without a word.
 * Format: https://sqlite.org/fileformat.html#walformat
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import {
  type Checksum,
  continuesChecksum,
  type Frame,
  isPageSize,
  parseWalHeader,
  readFrames,
  readPageSize,
  WAL_HEADER_BYTES,
  type WalHeader,
} from './wal-format.js';
import { recoverHeader } from './wal-header.js';

/** Scans before a log counts as one that a running service writes all the time. */
const MAX_ATTEMPTS = 5;

export interface LogState {
  /** Transactions behind the place at which SQLite would stop reading, at least. 0 if the log ends as it should. */
  readonly unreachableCommits: number;
  /** Frames of this log behind the last transaction that SQLite reads: an incomplete or damaged one, which it drops. */
  readonly droppedFrames: number;
  /** Frames up to the end of that transaction. */
  readonly readFrames: number;
}

const EMPTY: LogState = { unreachableCommits: 0, droppedFrames: 0, readFrames: 0 };

/**
 * Finds what SQLite would drop of a log.
 *
 * Each frame stores the checksum of the log up to itself, so a frame can be verified with the one that its predecessor
 * stores, even if an earlier frame is damaged. Frames with other salts are left from before the log was restarted.
 *
 * A power cut can leave the last transaction with any of its frames missing while its commit frame is there, because
 * it was not synced yet. So broken frames are damage only if a transaction after theirs was committed: it began after
 * the sync of theirs. The header is synced before the first frame, so any commit behind a damaged one is out of reach.
 * The log may be in use: a frame that is being written looks broken, and the frames behind it may be complete when they
 * are read. So damage counts once a second scan finds it in the same place of the same log.
 * @param file path of the database file; the log is beside it
 * @throws Error of `node:fs` if the log cannot be read
 */
export function checkLog(file: string): LogState {
  const log = `${file}-wal`;
  if (!existsSync(log)) return EMPTY;
  const descriptor = openSync(log, 'r');
  try {
    let previous: LogState | undefined;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const bytes = readHeaderBytes(descriptor);
      if (!bytes) return EMPTY;
      const parsed = parseWalHeader(bytes);
      const pageBytes = parsed.isIntact ? parsed.pageBytes : readPageSize(file);
      if (!isPageSize(pageBytes)) return EMPTY;
      const header = recoverHeader(parsed, pageBytes, readFrames(descriptor, pageBytes));
      const state = scanFrames(readFrames(descriptor, pageBytes), header);
      if (state.unreachableCommits === 0) return state;
      if (!readHeaderBytes(descriptor)?.equals(bytes)) previous = undefined;
      else if (previous?.readFrames === state.readFrames) return state;
      else previous = state;
    }
    return EMPTY;
  } finally {
    closeSync(descriptor);
  }
}

function readHeaderBytes(descriptor: number): Buffer | undefined {
  const bytes = Buffer.alloc(WAL_HEADER_BYTES);
  return readSync(descriptor, bytes, 0, WAL_HEADER_BYTES, 0) < WAL_HEADER_BYTES ? undefined : bytes;
}

/** A frame of a log, as {@link checkFrames} found it. */
interface CheckedFrame {
  readonly frame: Frame;
  /** True if the frame is of this log, and its checksum continues that of the frame before it. */
  readonly isIntact: boolean;
  /** True if the frame has a salt of this log. Others are left from before it was restarted. */
  readonly isOfThisLog: boolean;
}

/** Verifies each frame with the checksum that its predecessor stores. */
export function* checkFrames(frames: Iterable<Frame>, header: WalHeader): Generator<CheckedFrame> {
  let previous: readonly Checksum[] = header.checksums;
  for (const frame of frames) {
    const isIntact = hasSalts(frame, header) && continuesChecksum(frame, previous, header.byteOrders);
    yield { frame, isIntact, isOfThisLog: sharesSalt(frame, header) };
    previous = [frame.checksum];
  }
}

function scanFrames(frames: Iterable<Frame>, header: WalHeader): LogState {
  /** The broken frames before the current run of valid ones: how many, and whether the last ends a transaction. */
  let broken = header.isIntact ? undefined : { count: 0, isCommit: true };
  let commits = 0;
  let unreachable = 0;
  let [total, read, dropped] = [0, 0, 0];
  for (const { frame, isIntact, isOfThisLog } of checkFrames(frames, header)) {
    total += 1;
    if (isIntact && frame.isCommit && !broken) [read, dropped] = [total, 0];
    else if (isOfThisLog) dropped += 1;
    if (isIntact) {
      if (broken && frame.isCommit) {
        commits += 1;
        const isOwnCommitBroken = !header.isIntact || (broken.isCommit && broken.count <= 1);
        unreachable = Math.max(unreachable, isOwnCommitBroken ? commits : commits - 1);
      }
    } else {
      const count = broken && commits === 0 ? broken.count + 1 : 1;
      broken = { count, isCommit: frame.isCommit && isOfThisLog };
      commits = 0;
    }
  }
  return { unreachableCommits: unreachable, droppedFrames: dropped, readFrames: read };
}

/** A damaged header may have one damaged salt. After a restart of the log both differ. */
function hasSalts(frame: Frame, header: WalHeader): boolean {
  if (!header.isIntact) return sharesSalt(frame, header);
  return frame.salts[0] === header.salts[0] && frame.salts[1] === header.salts[1];
}

function sharesSalt(frame: Frame, header: WalHeader): boolean {
  return frame.salts[0] === header.salts[0] || frame.salts[1] === header.salts[1];
}

/** Says what was dropped. A power cut in the middle of a commit and damage look alike. */
export function describeDroppedFrames(file: string, frames: number): string {
  return (
    `the last transaction in ${file}-wal is incomplete or damaged (${frames} ${frames === 1 ? 'frame' : 'frames'}), and ` +
    'is left out: a power cut or a kill leaves one that nobody was told of, but if the log was damaged later, its change ' +
    'sets are lost'
  );
}
