/** Splits a stream of bytes into lines of text, as NDJSON requires. Used by bulk ingest and by imports. */
import { isUtf8 } from 'node:buffer';

const NEWLINE = 0x0a;
const TOO_LONG = { fault: 'too-long' } as const;
const INVALID_UTF8 = { fault: 'invalid-utf8' } as const;

/** A line that has no text: it is longer than allowed, or its bytes are not UTF-8. */
export type LineFault = typeof TOO_LONG | typeof INVALID_UTF8;

/** A line's text without its newline, or why it has none. */
export type Line = string | LineFault;

/**
 * Holds at most one unfinished line. A line that grows beyond the limit is reported at once, and the rest of it is
 * skipped, so that memory stays bounded however long a line is.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  /** The beginning of a line whose end has not arrived yet. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** `skipping`: the current line has been reported as too long. */
  #state: 'reading' | 'skipping' = 'reading';

  /** @param maxLineBytes longest line without its newline, bytes */
  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Returns the lines that this chunk completes, and a fault for a line that it makes too long. */
  push(chunk: Buffer): Line[] {
    const last = chunk.lastIndexOf(NEWLINE);
    if (last < 0) return this.#append(chunk) ? [] : [TOO_LONG];
    const first = chunk.indexOf(NEWLINE);
    const lines = this.#complete(chunk.subarray(0, first));
    if (last > first) for (const line of this.#split(chunk.subarray(first + 1, last))) lines.push(line);
    if (!this.#append(chunk.subarray(last + 1))) lines.push(TOO_LONG);
    return lines;
  }

  /** Returns the last line if no newline follows it. */
  end(): Line[] {
    return this.#pendingBytes === 0 ? [] : this.#complete(Buffer.alloc(0));
  }

  /** @returns false if this makes the current line too long */
  #append(bytes: Buffer): boolean {
    if (this.#state === 'skipping' || bytes.length === 0) return true;
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes <= this.#maxLineBytes) {
      this.#pending.push(bytes);
      return true;
    }
    this.#state = 'skipping';
    this.#pending = [];
    this.#pendingBytes = 0;
    return false;
  }

  /** Ends the current line. Returns nothing for one that was reported before. */
  #complete(end: Buffer): Line[] {
    if (this.#state === 'skipping') {
      this.#state = 'reading';
      return [];
    }
    const line = this.#append(end) ? this.#decode(Buffer.concat(this.#pending, this.#pendingBytes)) : TOO_LONG;
    this.#state = 'reading';
    this.#pending = [];
    this.#pendingBytes = 0;
    return [line];
  }

  /** Splits lines that arrived whole: all of them are decoded together unless one is not UTF-8. */
  #split(bytes: Buffer): Line[] {
    if (!isUtf8(bytes)) return this.#splitEach(bytes);
    const lines = bytes.toString().split('\n');
    if (bytes.length <= this.#maxLineBytes) return lines;
    return lines.map((line) => (Buffer.byteLength(line) > this.#maxLineBytes ? TOO_LONG : line));
  }

  #splitEach(bytes: Buffer): Line[] {
    const lines: Line[] = [];
    for (let from = 0, to = 0; from <= bytes.length; from = to + 1) {
      to = bytes.indexOf(NEWLINE, from);
      if (to < 0) to = bytes.length;
      lines.push(this.#decode(bytes.subarray(from, to)));
    }
    return lines;
  }

  #decode(bytes: Buffer): Line {
    if (bytes.length > this.#maxLineBytes) return TOO_LONG;
    return isUtf8(bytes) ? bytes.toString() : INVALID_UTF8;
  }
}
