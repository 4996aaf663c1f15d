/** A stream of change sets, from its first line to the answer to its last. */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { type Line, LineSplitter } from '../../ndjson/line-splitter.js';
import { ChangeBatch } from './change-batch.js';
import { MAX_CHANGE_LINE_BYTES } from './change-line.js';

/** Most bytes of lines that wait for their answers. */
const MAX_PENDING_BYTES = 4 * 2 ** 20;
/** Most text of answers that is held back. */
const MAX_DEFERRED_LENGTH = 4 * 2 ** 20;

interface BulkStreamOptions {
  /** Applies change sets in order. @returns what each came to */
  readonly applyAll: (changeSets: readonly ChangeSet[]) => Promise<readonly (Outcome | TallyError)[]>;
  /** Most lines that may wait for their commit, as of now. */
  readonly getMaxLines: () => number;
  /** The key for lines without one of their own: theirs is this with the number of the line. */
  readonly key: string | undefined;
  /** Holds the answer back until all of the body has come. */
  readonly deferResponse: boolean;
}

const bulkLogger = new Logger('ChangeStream');

export class BulkChangeStream {
  readonly #splitter = new LineSplitter(MAX_CHANGE_LINE_BYTES);
  /** Lines that were read and are not taken yet. */
  #lines: Iterator<Line, undefined> = [].values();
  /** `draining`: no more is read, and what was taken is answered. */
  #state: 'reading' | 'stopping' | 'draining' = 'reading';
  /** Number of the last line that was taken. */
  #lastLine = 0;
  #pendingLines = 0;
  #pendingBytes = 0;
  /** The answers to all that was taken, written. Each batch's follow those of the batch before it. */
  #responded = Promise.resolve();
  #wake = (): void => {};
  /** Answers that are held back; undefined when none are any more. */
  #deferred: string | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly options: BulkStreamOptions,
  ) {
    if (options.deferResponse) this.#deferred = '';
    else response.flushHeaders();
  }

  /**
   * Reads to the end, or until the client is gone or the stream is stopped. Resolves when every line that was taken is answered.
   * No more is read than the client takes answers for.
   */
  async run(body: Readable): Promise<void> {
    const wake = (): void => this.#wake();
    for (const name of ['readable', 'end', 'error', 'close']) body.on(name, wake);
    for (const name of ['drain', 'close']) this.response.on(name, wake);
    while (this.#state !== 'draining' && !this.#isClientGone) {
      if (this.#state === 'stopping') this.#endWithError(createStoppingError());
      else if (!this.#hasRoom) await this.#waitForProgress();
      else if (this.#startBatch() || this.#read(body)) await setImmediate();
      else if (body.errored) this.#endWithError(createUnreadableError(body.errored));
      else if (!body.destroyed) await this.#waitForProgress();
      else break;
    }
    await this.#responded;
    this.#flushDeferred();
    this.response.end();
    // What still comes is not wanted, but a connection that is closed on it would take answers with it that are on their way.
    body.off('readable', wake).resume();
  }

  /** Takes no more lines. */
  stop(): void {
    if (this.#state === 'reading') this.#state = 'stopping';
    this.#wake();
  }

  /** True when the client has left: what is answered then is written nowhere, and what was taken is counted all the same. */
  get #isClientGone(): boolean {
    return this.response.destroyed;
  }

  get #hasRoom(): boolean {
    return (
      this.#pendingLines < this.options.getMaxLines() &&
      this.#pendingBytes < MAX_PENDING_BYTES &&
      !this.response.writableNeedDrain
    );
  }

  #waitForProgress(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** Splits what has come. @returns false when nothing has */
  #read(body: Readable): boolean {
    const chunk = body.read() as Buffer | null;
    if (chunk) {
      this.#lines = this.#splitter.push(chunk).values();
      return true;
    }
    if (!body.readableEnded) return false;
    this.#lines = this.#splitter.end().values();
    while (this.#startBatch());
    this.#state = 'draining';
    this.#flushDeferred();
    return true;
  }

  /** Sends the next lines on their way, as many as a slice may have. @returns false when there are none */
  #startBatch(): boolean {
    const batch = new ChangeBatch(this.#lastLine, this.options.getMaxLines() - this.#pendingLines, this.options.key);
    while (!batch.isFull) {
      const next = this.#lines.next();
      if (next.done) break;
      batch.add(next.value);
    }
    if (batch.lineCount === 0) return false;
    this.#lastLine += batch.lineCount;
    this.#respond(batch.lineCount, batch.bytes, batch.apply(this.options.applyAll));
    return true;
  }

  /** Says why no more is read, after all answers. */
  #endWithError(error: TallyError): void {
    this.#state = 'draining';
    this.#flushDeferred();
    const batch = new ChangeBatch(this.#lastLine, 1, undefined);
    batch.addError(error);
    this.#respond(batch.lineCount, 0, batch.apply(this.options.applyAll));
  }

  #respond(lineCount: number, bytes: number, response: Promise<string>): void {
    this.#pendingLines += lineCount;
    this.#pendingBytes += bytes;
    this.#responded = this.#write(response, this.#responded).finally(() => {
      this.#pendingLines -= lineCount;
      this.#pendingBytes -= bytes;
      this.#wake();
    });
  }

  #defer(text: string): void {
    this.#deferred += text;
    if (this.#deferred && this.#deferred.length > MAX_DEFERRED_LENGTH) this.#flushDeferred();
  }

  #flushDeferred(): void {
    if (this.#deferred && !this.#isClientGone) this.response.write(this.#deferred);
    this.#deferred = undefined;
  }

  async #write(response: Promise<string>, previous: Promise<void>): Promise<void> {
    try {
      const [text] = await Promise.all([response, previous]);
      if (this.#deferred !== undefined) this.#defer(text);
      else if (text !== '' && !this.#isClientGone) this.response.write(text);
    } catch (error) {
      // Without an answer to a line, those that follow would be taken for it.
      bulkLogger.error(error);
      this.response.destroy();
    }
  }
}

function createStoppingError(): TallyError {
  return new TallyError('stopping', 'this instance is stopping: send this line and what follows to another');
}

function createUnreadableError(error: Error): TallyError {
  return new TallyError('invalid-request', `what follows cannot be read: ${error.message}`);
}
