/** Bytes in, lines out: whatever the pieces are that they come in, and however long a line would like to be. */
import { isUtf8 } from 'node:buffer';
import { TallyError } from '../../counters/errors.js';

const NEWLINE = 0x0a;
/** Longest line. */
const LINE_LIMIT_BYTES = 64 * 1_024;

/** A line's text without its ending, or why it has none. */
export type Line = string | TallyError;

export class LineSplitter {
  /** The beginning of a line whose end has not come. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** `skipping`: the line is too long already, and nothing of it is kept. */
  #state: 'reading' | 'skipping' = 'reading';

  /** The lines that end in this piece. */
  push(piece: Buffer): Line[] {
    const last = piece.lastIndexOf(NEWLINE);
    if (last < 0) {
      this.#keep(piece);
      return [];
    }
    const first = piece.indexOf(NEWLINE);
    const lines = [this.#finish(piece.subarray(0, first))];
    if (last > first) for (const line of linesOf(piece.subarray(first + 1, last))) lines.push(line);
    this.#keep(piece.subarray(last + 1));
    return lines;
  }

  /** The last line, when there is no newline after it. */
  end(): Line[] {
    return this.#state === 'reading' && this.#restBytes === 0 ? [] : [this.#finish(Buffer.alloc(0))];
  }

  #keep(piece: Buffer): void {
    if (this.#state === 'skipping' || piece.length === 0) return;
    this.#restBytes += piece.length;
    if (this.#restBytes <= LINE_LIMIT_BYTES) {
      this.#rest.push(piece);
      return;
    }
    this.#state = 'skipping';
    this.#rest = [];
  }

  #finish(end: Buffer): Line {
    this.#keep(end);
    const line = this.#state === 'skipping' ? tooLong() : textOf(Buffer.concat(this.#rest, this.#restBytes));
    this.#state = 'reading';
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }
}

/** Lines that came whole: decoded at once, unless one of them is not what it says. */
function linesOf(bytes: Buffer): Line[] {
  if (isUtf8(bytes)) {
    const lines: Line[] = bytes.toString().split('\n');
    if (bytes.length > LINE_LIMIT_BYTES) {
      for (const [index, line] of lines.entries()) {
        if (typeof line === 'string' && Buffer.byteLength(line) > LINE_LIMIT_BYTES) lines[index] = tooLong();
      }
    }
    return lines;
  }
  const lines: Line[] = [];
  for (let from = 0, to = 0; from <= bytes.length; from = to + 1) {
    to = bytes.indexOf(NEWLINE, from);
    if (to < 0) to = bytes.length;
    lines.push(textOf(bytes.subarray(from, to)));
  }
  return lines;
}

function textOf(bytes: Buffer): Line {
  if (bytes.length > LINE_LIMIT_BYTES) return tooLong();
  return isUtf8(bytes) ? bytes.toString() : new TallyError('invalid-request', 'the line is not valid UTF-8');
}

function tooLong(): TallyError {
  return new TallyError('body-too-large', `a line has at most ${LINE_LIMIT_BYTES} bytes here`);
}
