/**
 * The file of `tallyboard tail --out`: a line for each ledger entry, each exactly once.
 *
 * The file is its own checkpoint. Its last whole line tells which entry comes next, and a line that was cut off is
 * removed before anything is appended. So it does not matter when the command was killed.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { errorMessage } from '../counters/errors.js';
import { CommandError, EXIT } from './exit-codes.js';
import { parseChangeId } from './tail-place.js';

const BLOCK_BYTES = 64 * 1_024;
const NEWLINE = 0x0a;

export class TailFile {
  readonly #descriptor: number;
  /** Bytes up to the end of the last whole line. */
  #length: number;
  /** Id of the last entry in the file; undefined if it has none. */
  readonly lastId: string | undefined;

  /** Opens the file, or creates it. @throws CommandError if it cannot be read, or was not written by this command */
  constructor(private readonly path: string) {
    try {
      this.#descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644);
      const size = fstatSync(this.#descriptor).size;
      this.#length = this.#findLineEnd(size);
      this.lastId = this.#readLastId();
      if (this.#length < size) ftruncateSync(this.#descriptor, this.#length);
    } catch (error) {
      throw toFileError(error, `cannot continue ${path}`);
    }
  }

  /**
   * Appends whole lines.
   * @throws CommandError if the file cannot be written, or if another process has written to it
   */
  write(lines: string): void {
    const bytes = Buffer.from(lines);
    try {
      if (fstatSync(this.#descriptor).size !== this.#length) throw new Error('another process writes to it');
      for (let written = 0; written < bytes.length;)
        written += writeSync(this.#descriptor, bytes, written, bytes.length - written, this.#length + written);
    } catch (error) {
      throw toFileError(error, `cannot write to ${this.path}`);
    }
    this.#length += bytes.length;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Returns the position after the last newline before `end`; 0 without one. */
  #findLineEnd(end: number): number {
    for (let blockEnd = end; blockEnd > 0; blockEnd -= BLOCK_BYTES) {
      const start = Math.max(0, blockEnd - BLOCK_BYTES);
      const index = this.#read(start, blockEnd).lastIndexOf(NEWLINE);
      if (index >= 0) return start + index + 1;
    }
    return 0;
  }

  #readLastId(): string | undefined {
    if (this.#length === 0) return undefined;
    const line = this.#read(this.#findLineEnd(this.#length - 1), this.#length).toString();
    const id = parseChangeId(line);
    if (id === undefined) throw new Error('its last line is no ledger entry');
    return id;
  }

  #read(start: number, end: number): Buffer {
    const block = Buffer.allocUnsafe(end - start);
    return block.subarray(0, readSync(this.#descriptor, block, 0, block.length, start));
  }
}

function toFileError(error: unknown, action: string): CommandError {
  return new CommandError(`${action}: ${errorMessage(error)}`, EXIT.refused, error);
}
