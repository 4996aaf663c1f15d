/**
 * Recovers what the damaged header of a write-ahead log said from its frames. They tell the salts. A valid first frame
 * also tells the checksum of the header: its own checksum can be calculated backwards.
 */
import {
  type Checksum,
  continuesChecksum,
  extendChecksum,
  type Frame,
  isEqualChecksum,
  revertChecksum,
  type WalHeader,
  writeHeaderStart,
} from './wal-format.js';

/** Offsets in the header: of the number of checkpoints, and of the salts behind it. */
const [SEQUENCE_OFFSET, SALTS_OFFSET] = [12, 16];
/** Checkpoints of a log that are believed. It excludes damaged frames that fit by chance. */
const MAX_CHECKPOINTS = 2 ** 24;

/**
 * Finds the salts of the first frame that can be verified: with the header that SQLite writes before such a frame, with
 * what is left of the header, or with the frame before it.
 * Frames from before the log was restarted are behind those of the current log, so they are found last.
 * @param frames of the log, from the first
 * @returns an intact header, or one without frames that can be verified, as it is
 */
export function recoverHeader(header: WalHeader, pageBytes: number, frames: Iterable<Frame>): WalHeader {
  if (header.isIntact) return header;
  let previous: Frame | undefined;
  for (const frame of frames) {
    if (!previous) {
      const recovered = recoverFromFirst(frame, pageBytes);
      if (recovered) return recovered;
    }
    const checksums = previous ? [previous.checksum] : header.checksums;
    const hasSalts = previous ? isOfSameLog(previous, frame) : true;
    if (hasSalts && continuesChecksum(frame, checksums, header.byteOrders)) return { ...header, salts: frame.salts };
    previous = frame;
  }
  return header;
}

function isOfSameLog(a: Frame, b: Frame): boolean {
  return a.page !== 0 && a.salts[0] === b.salts[0] && a.salts[1] === b.salts[1];
}

/** Returns the header whose checksum the first frame continues, if SQLite writes one like that. */
function recoverFromFirst({ page, salts, checksum, content }: Frame, pageBytes: number): WalHeader | undefined {
  if (page === 0) return undefined;
  for (const isBigEndian of [false, true]) {
    const [frameStart, bytes] = content;
    const before = revertChecksum(revertChecksum(checksum, bytes, isBigEndian), frameStart, isBigEndian);
    const start = writeHeaderStart(pageBytes, salts, isBigEndian);
    // Only the number of checkpoints is unknown: the value that leads to the checksum is calculated, and then judged.
    const wanted = revertChecksum(before, start.subarray(SALTS_OFFSET), isBigEndian);
    const withZero = extendChecksum([0, 0], start.subarray(0, SALTS_OFFSET), isBigEndian);
    const word = Buffer.alloc(4);
    word.writeUInt32LE((wanted[1] - withZero[1]) >>> 0);
    start.writeUInt32BE(isBigEndian ? word.readUInt32LE() : word.readUInt32BE(), SEQUENCE_OFFSET);
    const isLikely = start.readUInt32BE(SEQUENCE_OFFSET) < MAX_CHECKPOINTS;
    const computed: Checksum = extendChecksum([0, 0], start, isBigEndian);
    if (isLikely && isEqualChecksum(computed, before))
      return { pageBytes, salts, byteOrders: [isBigEndian], checksums: [before], isIntact: false };
  }
  return undefined;
}
