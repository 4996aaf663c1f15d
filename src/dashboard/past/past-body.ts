/** Reads the body of a past line by line, with a bound for its size and for the time between two pieces of it. */
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { errorMessage, TallyError } from '../../counters/errors.js';
import { type Line, LineSplitter } from '../../ndjson/line-splitter.js';
import type { PastLine } from '../../store/past.port.js';
import { createLineError } from './past-line.js';

/** Longest line without its newline, bytes. */
const MAX_PAST_LINE_BYTES = 64 * 1_024;
/** Largest body after decompression, bytes: a million lines of 256. */
export const MAX_PAST_BYTES = 256 * 2 ** 20;

interface PastBodyOptions {
  /** Returns undefined for a line that is no moment. */
  readonly parse: (text: string, line: number) => PastLine | undefined;
  /** Longest pause between two pieces of the body, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Yields the lines of each piece of the body. Blank lines are skipped, and count.
 * @throws TallyError what `parse` throws, `body-too-large`, `request-timeout`; `invalid-request` if the body cannot be
 *   read to its end
 */
export async function* readPastBody(
  body: Readable,
  { parse, timeoutMs }: PastBodyOptions,
): AsyncGenerator<readonly PastLine[]> {
  const splitter = new LineSplitter(MAX_PAST_LINE_BYTES);
  let [line, bytes] = [0, 0];
  const parseAll = (texts: readonly Line[]): PastLine[] =>
    texts.flatMap((text) => {
      line += 1;
      return parseText(text, line, parse) ?? [];
    });
  for await (const chunk of readChunks(body, timeoutMs)) {
    bytes += chunk.length;
    if (bytes > MAX_PAST_BYTES)
      throw new TallyError('body-too-large', `the body must be at most ${MAX_PAST_BYTES} bytes`);
    yield parseAll(splitter.push(chunk));
    // Others are served between two pieces.
    await setImmediate();
  }
  yield parseAll(splitter.end());
}

function parseText(text: Line, line: number, parse: PastBodyOptions['parse']): PastLine | undefined {
  if (typeof text !== 'string') {
    const detail = text.fault === 'too-long' ? `is longer than ${MAX_PAST_LINE_BYTES} bytes` : 'is not valid UTF-8';
    throw createLineError(line, [], detail);
  }
  const content = line === 1 ? text.replace(/^\uFEFF/, '') : text;
  return content.trim() === '' ? undefined : parse(content, line);
}

/** Leaves the stream open whatever happens: an answer may still be sent on its connection. */
async function* readChunks(body: Readable, timeoutMs: number): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = body.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const next = await withinPause(chunks.next(), timeoutMs);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: after a timeout it waits for the piece that does not come. Without it the rest cannot be discarded.
    void chunks.return?.().catch(() => undefined);
  }
}

async function withinPause<T>(next: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const detail = `no more of the body arrived within ${timeoutMs / 1_000} s`;
    timer = setTimeout(() => reject(new TallyError('request-timeout', detail)), timeoutMs);
  });
  try {
    return await Promise.race([next, timeout]);
  } catch (error) {
    if (error instanceof TallyError) throw error;
    throw new TallyError('invalid-request', `cannot read the rest of the body: ${errorMessage(error)}`);
  } finally {
    clearTimeout(timer);
  }
}
