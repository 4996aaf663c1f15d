/**
 * Processes one NDJSON request body: splits it into lines, applies them in batches, and writes one response line for
 * each line, in order. Backpressure goes both ways: it reads no further while too many lines are pending or the client
 * does not read responses.
 */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { type Line, LineSplitter } from '../../ndjson/line-splitter.js';
import { ChangeBatch } from './change-batch.js';
import { MAX_CHANGE_LINE_BYTES } from './change-line.js';
import { InvalidLineLimit, MAX_INVALID_LINES } from './invalid-line-limit.js';

const MAX_PENDING_BYTES = 4 * 2 ** 20;
/** Longest response text that is deferred. A longer one is sent before the body is complete. */
const MAX_DEFERRED_LENGTH = 4 * 2 ** 20;

interface BulkStreamOptions {
  /** Applies change sets in order. Resolves with one result for each. Invalid lines count for the rate limit only. */
  readonly applyAll: (
    changeSets: readonly ChangeSet[],
    invalidLines: number,
  ) => Promise<readonly (Outcome | TallyError)[]>;
  /** Present limit of lines that are read but not committed. */
  readonly getMaxLines: () => number;
  /** Idempotency key of the request. A line without a key gets this one with its line number appended. */
  readonly key: string | undefined;
  /** Starts the response after the whole body has arrived. */
  readonly deferResponse: boolean;
}

const bulkLogger = new Logger('BulkChangeStream');

export class BulkChangeStream {
  readonly #splitter = new LineSplitter(MAX_CHANGE_LINE_BYTES);
  readonly #invalidLimit = new InvalidLineLimit();
  #lines: Iterator<Line, undefined> = [].values();
  /** `stopping`: the next line is refused. `draining`: nothing more is read, and pending lines are answered. */
  #state: 'reading' | 'stopping' | 'draining' = 'reading';
  #lastLine = 0;
  #pendingLines = 0;
  #pendingBytes = 0;
  /** Resolves when the responses of all batches so far are written. Each batch waits for the one before it. */
  #responded = Promise.resolve();
  #wake = (): void => {};
  /** Deferred response text; undefined once responses are written directly. */
  #deferred: string | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly options: BulkStreamOptions,
  ) {
    if (options.deferResponse) this.#deferred = '';
    else response.flushHeaders();
  }

  /**
   * Reads to the end of the body, or until the client disconnects or `stop` is called. Resolves when every line in a
   * batch has been answered.
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
    // Discard the rest of the body: closing the connection with unread data could lose responses that are in flight.
    body.off('readable', wake).resume();
  }

  /** Refuses all further lines with `stopping`. */
  stop(): void {
    if (this.#state === 'reading') this.#state = 'stopping';
    this.#wake();
  }

  /** Batches that have been started are applied even if the client is gone. */
  get #isClientGone(): boolean {
    return this.response.destroyed;
  }

  get #hasRoom(): boolean {
    return (
      this.#pendingLines < this.options.getMaxLines() &&
      this.#pendingBytes < MAX_PENDING_BYTES &&
      (this.#invalidLimit.remaining > 0 || this.#invalidLimit.isReached) &&
      !this.response.writableNeedDrain
    );
  }

  #waitForProgress(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** Splits the next chunk. Returns false if there is none. */
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

  /** Starts a batch of the next lines. Returns false if there are none. */
  #startBatch(): boolean {
    const { isReached, remaining } = this.#invalidLimit;
    if (isReached) return this.#endAtNextLine();
    const maxLines = this.options.getMaxLines() - this.#pendingLines;
    const batch = new ChangeBatch(this.#lastLine, maxLines, remaining, this.options.key);
    while (!batch.isFull) {
      const next = this.#lines.next();
      if (next.done) break;
      batch.add(next.value);
    }
    if (batch.lineCount === 0) return false;
    this.#lastLine += batch.lineCount;
    this.#respond(batch);
    return true;
  }

  /** Refuses the next line that is not blank, and all further ones. Returns false if there is none yet. */
  #endAtNextLine(): boolean {
    for (let next = this.#lines.next(); !next.done; next = this.#lines.next()) {
      if (typeof next.value !== 'string' || next.value.trim() !== '') {
        this.#endWithError(createInvalidLinesError(this.#invalidLimit.balance));
        return true;
      }
      this.#lastLine += 1;
    }
    return false;
  }

  /** Reads no further and writes the reason after all other responses. */
  #endWithError(error: TallyError): void {
    this.#state = 'draining';
    this.#flushDeferred();
    const batch = new ChangeBatch(this.#lastLine, 1, 1, undefined);
    batch.addError(error);
    this.#respond(batch);
  }

  #respond(batch: ChangeBatch): void {
    const { lineCount, bytes } = batch;
    this.#pendingLines += lineCount;
    this.#pendingBytes += bytes;
    this.#invalidLimit.addPending(batch.invalidLines);
    this.#responded = this.#write(batch, this.#responded).finally(() => {
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

  async #write(batch: ChangeBatch, previous: Promise<void>): Promise<void> {
    try {
      const [{ text, balanceChange }] = await Promise.all([batch.apply(this.options.applyAll), previous]);
      this.#invalidLimit.settle(batch.invalidLines, balanceChange);
      if (this.#deferred !== undefined) this.#defer(text);
      else if (text !== '' && !this.#isClientGone) this.response.write(text);
    } catch (error) {
      // With one response missing, the client would assign the following ones to the wrong lines.
      bulkLogger.error(error);
      this.response.destroy();
    }
  }
}

function createStoppingError(): TallyError {
  return new TallyError(
    'stopping',
    'this instance is shutting down: send this line and the following ones to another instance',
  );
}

/** @param balance number by which invalid lines outnumber applied ones */
function createInvalidLinesError(balance: number): TallyError {
  return new TallyError(
    'too-many-invalid-lines',
    `invalid lines outnumber applied ones by ${balance} in the last part of the body, where an invalid line counts ` +
      `once for each KiB, and the limit is ${MAX_INVALID_LINES}: this line and the following ones were not read`,
  );
}

function createUnreadableError(error: Error): TallyError {
  return new TallyError('invalid-request', `cannot read the rest of the body: ${error.message}`);
}
