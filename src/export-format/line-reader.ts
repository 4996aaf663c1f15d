/** Reads an export line by line, with line numbers and a limit for the length of a line. */
import type { Readable } from 'node:stream';
import { type Line, type LineFault, LineSplitter } from '../ndjson/line-splitter.js';

/** A dashboard is one line, so this has to hold a million counters. */
const MAX_EXPORT_LINE_BYTES = 256 * 2 ** 20;
const FAULTS: Readonly<Record<LineFault['fault'], string>> = {
  'too-long': `longer than ${MAX_EXPORT_LINE_BYTES / 2 ** 20} MiB`,
  'invalid-utf8': 'not valid UTF-8',
};

interface NumberedLine {
  /** Starts at 1. */
  readonly number: number;
  readonly text: string;
}

/** An invalid line of an export. The message begins with its number, if known. */
export class BadLineError extends Error {
  override readonly name = 'BadLineError';

  constructor(
    reason: string,
    readonly line?: number,
  ) {
    super(line === undefined ? reason : `line ${line}: ${reason}`);
  }
}

/** @throws BadLineError for a line that is too long or not UTF-8 */
export async function* readLines(input: Readable): AsyncGenerator<NumberedLine> {
  const splitter = new LineSplitter(MAX_EXPORT_LINE_BYTES);
  let number = 0;
  const numberLines = function* (lines: readonly Line[]): Generator<NumberedLine> {
    for (const line of lines) {
      number += 1;
      if (typeof line !== 'string') throw new BadLineError(FAULTS[line.fault], number);
      // Windows programs begin a file with a byte order mark.
      yield { number, text: number === 1 ? line.replace(/^\uFEFF/, '') : line };
    }
  };
  for await (const chunk of input as AsyncIterable<Buffer>) yield* numberLines(splitter.push(chunk));
  yield* numberLines(splitter.end());
}
