/** Damages database files and logs of stores that are not in use, one bit at a time. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { FRAME_HEADER_BYTES, parseWalHeader, readFrames, WAL_HEADER_BYTES } from '../../src/store/sqlite/wal-format.js';

/** Flips one bit of a file. */
export function flipBit(file: string, offset: number, bit: number): void {
  const bytes = readFileSync(file);
  bytes[offset] = (bytes[offset] ?? 0) ^ (1 << bit);
  writeFileSync(file, bytes);
}

/** Overwrites bytes of a file with one value. Default: zeros. */
export function overwriteBytes(file: string, offset: number, length: number, byte = 0): void {
  const bytes = readFileSync(file);
  bytes.fill(byte, offset, offset + length);
  writeFileSync(file, bytes);
}

/**
 * Flips the highest bit of the first byte of a text, so that it is no longer UTF-8.
 * @throws Error if the file does not have the text exactly once
 */
export function damageText(file: string, text: string): void {
  const bytes = readFileSync(file, 'latin1');
  const offset = bytes.indexOf(text);
  if (offset === -1 || bytes.includes(text, offset + 1)) throw new Error(`${file} does not have "${text}" once`);
  flipBit(file, offset, 7);
}

/** Returns the offset in a write-ahead log at which its last transaction begins. Behind it may be an older log. */
export function findLastTransaction(file: string): number {
  const { pageBytes, salts } = parseWalHeader(readFileSync(file).subarray(0, WAL_HEADER_BYTES));
  const descriptor = openSync(file, 'r');
  let [offset, begin, lastBegin] = [WAL_HEADER_BYTES, WAL_HEADER_BYTES, WAL_HEADER_BYTES];
  for (const frame of readFrames(descriptor, pageBytes)) {
    if (frame.salts.join() !== salts.join()) break;
    offset += FRAME_HEADER_BYTES + pageBytes;
    if (frame.isCommit) [lastBegin, begin] = [begin, offset];
  }
  closeSync(descriptor);
  return lastBegin;
}
