/** The lines of a stream of bytes, with their numbers. One that would fill the memory is refused. */
import type { Readable } from 'node:stream';
import { type Line, type LineFault, LineSplitter } from '../ndjson/line-splitter.js';

/** A dashboard with a million counters is a line; what is longer is no export. */
const MAX_EXPORT_LINE_BYTES = 256 * 2 ** 20;
const FAULTS: Readonly<Record<LineFault['fault'], string>> = {
  'too-long': 'it is too long',
  'invalid-utf8': 'it is no valid UTF-8',
};

interface NumberedLine {
  /** The first one is 1. */
  readonly number: number;
  readonly text: string;
}

/** A line that an import cannot take, and why. */
export class BadLineError extends Error {
  override readonly name = 'BadLineError';

  constructor(
    reason: string,
    readonly line?: number,
  ) {
    super(line === undefined ? reason : `line ${line}: ${reason}`);
  }
}

/** @throws BadLineError for a line that is too long or no UTF-8 */
export async function* readLines(input: Readable): AsyncGenerator<NumberedLine> {
  const splitter = new LineSplitter(MAX_EXPORT_LINE_BYTES);
  let number = 0;
  const numberLines = function* (lines: readonly Line[]): Generator<NumberedLine> {
    for (const line of lines) {
      number += 1;
      if (typeof line !== 'string') throw new BadLineError(FAULTS[line.fault], number);
      yield { number, text: line };
    }
  };
  for await (const chunk of input as AsyncIterable<Buffer>) yield* numberLines(splitter.push(chunk));
  yield* numberLines(splitter.end());
}
