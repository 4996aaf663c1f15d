/** The lines of a stream of bytes, with their numbers. One that would fill the memory is refused. */
import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';

/** A dashboard with a million counters is a line; what is longer is no export. */
const MAX_EXPORT_LINE_BYTES = 256 * 2 ** 20;
const NEWLINE = 0x0a;

export interface NumberedLine {
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
  let number = 0;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  const completeLine = (end: Buffer): NumberedLine => {
    const bytes = pending.length > 0 ? Buffer.concat([...pending, end]) : end;
    [pending, pendingBytes] = [[], 0];
    number += 1;
    if (!isUtf8(bytes)) throw new BadLineError('it is no valid UTF-8', number);
    return { number, text: bytes.toString() };
  };
  for await (const chunk of input as AsyncIterable<Buffer>) {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      yield completeLine(chunk.subarray(from, to));
      from = to + 1;
    }
    if (from === chunk.length) continue;
    pending.push(chunk.subarray(from));
    pendingBytes += chunk.length - from;
    if (pendingBytes > MAX_EXPORT_LINE_BYTES) throw new BadLineError('it is too long', number + 1);
  }
  if (pendingBytes > 0) yield completeLine(Buffer.alloc(0));
}
