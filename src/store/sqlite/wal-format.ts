/** Reads headers and frames of a write-ahead log (https://sqlite.org/fileformat.html#walformat). */
import { closeSync, openSync, readSync } from 'node:fs';

export type Checksum = readonly [number, number];

export interface WalHeader {
  readonly pageBytes: number;
  /** Two random words, in the header and in each frame. Both are new when the log is restarted. */
  readonly salts: readonly [number, number];
  /** True if the checksums read words as big-endian. Both orders are possible if the header is damaged. */
  readonly byteOrders: readonly boolean[];
  /** Checksums that the first frame may continue: only one, unless the header is damaged. */
  readonly checksums: readonly Checksum[];
  /** False if SQLite would ignore the log. */
  readonly isIntact: boolean;
}

export interface Frame {
  /** Number of the page, from 1. */
  readonly page: number;
  readonly salts: readonly [number, number];
  /** Size of the database after the transaction, pages, in the frame that ends it. 0 in others. */
  readonly databasePages: number;
  /** True if the frame ends a transaction. */
  readonly isCommit: boolean;
  /** Checksum of the log up to and including this frame, as stored. */
  readonly checksum: Checksum;
  /** The parts that the checksum covers: the first 8 bytes of the frame header, and the page. */
  readonly content: readonly [Buffer, Buffer];
}

export const WAL_HEADER_BYTES = 32;
export const FRAME_HEADER_BYTES = 24;
/** The part of the header that its checksum covers. */
const CHECKED_HEADER_BYTES = 24;
/** First word of a log. Its lowest bit says that checksums read words as big-endian. */
const MAGIC = 0x377f0682;
const FORMAT_VERSION = 3_007_000;
/** Offset of the page size in the header of a database file, where 1 means 65,536 bytes. */
const PAGE_SIZE_OFFSET = 16;
/** Page size of all databases that Tallyboard creates, bytes. */
const DEFAULT_PAGE_BYTES = 4_096;
const FRAMES_PER_READ = 256;

export function parseWalHeader(bytes: Buffer): WalHeader {
  const magic = bytes.readUInt32BE(0);
  const stored: Checksum = [bytes.readUInt32BE(24), bytes.readUInt32BE(28)];
  const salts = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] as const;
  const isBigEndian = magic === MAGIC + 1;
  const compute = (order: boolean): Checksum => extendChecksum([0, 0], bytes.subarray(0, CHECKED_HEADER_BYTES), order);
  const isIntact =
    (isBigEndian || magic === MAGIC) &&
    bytes.readUInt32BE(4) === FORMAT_VERSION &&
    isEqualChecksum(compute(isBigEndian), stored);
  return {
    pageBytes: bytes.readUInt32BE(8),
    salts,
    byteOrders: isIntact ? [isBigEndian] : [false, true],
    checksums: isIntact ? [stored] : [stored, compute(false), compute(true)],
    isIntact,
  };
}

/** Returns the part of a header that its checksum covers, for the first log of a database. */
export function writeHeaderStart(pageBytes: number, salts: readonly [number, number], isBigEndian: boolean): Buffer {
  const bytes = Buffer.alloc(CHECKED_HEADER_BYTES);
  for (const [index, word] of [isBigEndian ? MAGIC + 1 : MAGIC, FORMAT_VERSION, pageBytes, 0, ...salts].entries())
    bytes.writeUInt32BE(word, 4 * index);
  return bytes;
}

/** Reads the frames of a log in order, up to the last complete one. */
export function* readFrames(descriptor: number, pageBytes: number): Generator<Frame> {
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  for (let offset = WAL_HEADER_BYTES; ; offset += FRAMES_PER_READ * frameBytes) {
    const chunk = Buffer.allocUnsafe(FRAMES_PER_READ * frameBytes);
    const length = readSync(descriptor, chunk, 0, chunk.length, offset);
    for (let start = 0; start + frameBytes <= length; start += frameBytes)
      yield parseFrame(chunk.subarray(start, start + frameBytes));
    if (length < chunk.length) return;
  }
}

/** Offset in the log of the page of a frame. @param index of the frame, from 0 */
export function getPageOffset(index: number, pageBytes: number): number {
  return WAL_HEADER_BYTES + index * (FRAME_HEADER_BYTES + pageBytes) + FRAME_HEADER_BYTES;
}

function parseFrame(bytes: Buffer): Frame {
  return {
    page: bytes.readUInt32BE(0),
    salts: [bytes.readUInt32BE(8), bytes.readUInt32BE(12)],
    databasePages: bytes.readUInt32BE(4),
    isCommit: bytes.readUInt32BE(4) !== 0,
    checksum: [bytes.readUInt32BE(16), bytes.readUInt32BE(20)],
    content: [bytes.subarray(0, 8), bytes.subarray(FRAME_HEADER_BYTES)],
  };
}

/** Reads the page size of a database file, for a log whose header is damaged. The default if the file's is damaged. */
export function readPageSize(file: string): number {
  const bytes = Buffer.alloc(2);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, bytes, 0, 2, PAGE_SIZE_OFFSET);
  } finally {
    closeSync(descriptor);
  }
  const declared = bytes.readUInt16BE(0);
  const pageBytes = declared === 1 ? 65_536 : declared;
  return isPageSize(pageBytes) ? pageBytes : DEFAULT_PAGE_BYTES;
}

/** The sizes that SQLite allows: powers of two. */
export function isPageSize(bytes: number): boolean {
  return bytes >= 512 && bytes <= 65_536 && (bytes & (bytes - 1)) === 0;
}

/** Continues a checksum over more bytes, a multiple of 8. Costs about 10 ms for 10 MB. */
export function extendChecksum([before0, before1]: Checksum, bytes: Buffer, isBigEndian: boolean): Checksum {
  let s0 = before0;
  let s1 = before1;
  for (let offset = 0; offset < bytes.length; offset += 8) {
    s0 = (s0 + (isBigEndian ? bytes.readUInt32BE(offset) : bytes.readUInt32LE(offset)) + s1) >>> 0;
    s1 = (s1 + (isBigEndian ? bytes.readUInt32BE(offset + 4) : bytes.readUInt32LE(offset + 4)) + s0) >>> 0;
  }
  return [s0, s1];
}

/** Returns the checksum that {@link extendChecksum} continued to the given one. */
export function revertChecksum([after0, after1]: Checksum, bytes: Buffer, isBigEndian: boolean): Checksum {
  let s0 = after0;
  let s1 = after1;
  for (let offset = bytes.length - 8; offset >= 0; offset -= 8) {
    s1 = (s1 - (isBigEndian ? bytes.readUInt32BE(offset + 4) : bytes.readUInt32LE(offset + 4)) - s0) >>> 0;
    s0 = (s0 - (isBigEndian ? bytes.readUInt32BE(offset) : bytes.readUInt32LE(offset)) - s1) >>> 0;
  }
  return [s0, s1];
}

/** True if the checksum of a frame continues one of the given ones. No frame has page 0: zeros are none. */
export function continuesChecksum(
  { page, content, checksum }: Frame,
  previous: readonly Checksum[],
  byteOrders: readonly boolean[],
): boolean {
  if (page === 0) return false;
  const [header, bytes] = content;
  return byteOrders.some((isBigEndian) =>
    previous.some((before) => {
      const computed = extendChecksum(extendChecksum(before, header, isBigEndian), bytes, isBigEndian);
      return isEqualChecksum(computed, checksum);
    }),
  );
}

export function isEqualChecksum(a: Checksum, b: Checksum): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
