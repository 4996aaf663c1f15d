/** A stream of change sets, from its first line to the answer to its last. */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { ChangeBatch } from './change-batch.js';
import { type Line, LineSplitter } from './line-splitter.js';

/** Most bytes of lines that wait for their answers. */
const MAX_WAITING_BYTES = 4 * 2 ** 20;
/** Most text of answers that is held back. */
const MAX_HELD = 4 * 2 ** 20;

export interface StreamOptions {
  /** Applies change sets in order. @returns what each came to */
  readonly applyAll: (changeSets: readonly ChangeSet[]) => Promise<readonly (Outcome | TallyError)[]>;
  /** Most lines that may wait for their commit, as of now. */
  readonly maxLines: () => number;
  /** The key for lines without one of their own: theirs is this with the number of the line. */
  readonly key: string | undefined;
  /** Holds the answer back until all of the body has come. */
  readonly late: boolean;
}

const logger = new Logger('ChangeStream');

export class ChangeStream {
  readonly #splitter = new LineSplitter();
  /** Lines that were read and are not taken yet. */
  #lines: Iterator<Line, undefined> = [].values();
  /** `draining`: no more is read, and what was taken is answered. */
  #state: 'reading' | 'stopping' | 'draining' = 'reading';
  /** Number of the last line that was taken. */
  #line = 0;
  #waitingLines = 0;
  #waitingBytes = 0;
  /** The answers to all that was taken, written. Each batch's follow those of the batch before it. */
  #answered = Promise.resolve();
  #wake = (): void => {};
  /** Answers that are held back; undefined when none are any more. */
  #held: string | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly options: StreamOptions,
  ) {
    if (options.late) this.#held = '';
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
    while (this.#state !== 'draining' && !this.#gone) {
      if (this.#state === 'stopping') this.#refuse(stopping());
      else if (!this.#hasRoom) await this.#change();
      else if (this.#takeBatch() || this.#read(body)) await setImmediate();
      else if (body.errored) this.#refuse(unreadable(body.errored));
      else if (!body.destroyed) await this.#change();
      else break;
    }
    await this.#answered;
    this.#release();
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
  get #gone(): boolean {
    return this.response.destroyed;
  }

  get #hasRoom(): boolean {
    return (
      this.#waitingLines < this.options.maxLines() &&
      this.#waitingBytes < MAX_WAITING_BYTES &&
      !this.response.writableNeedDrain
    );
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** Splits what has come. @returns false when nothing has */
  #read(body: Readable): boolean {
    const piece = body.read() as Buffer | null;
    if (piece) {
      this.#lines = this.#splitter.push(piece).values();
      return true;
    }
    if (!body.readableEnded) return false;
    this.#lines = this.#splitter.end().values();
    while (this.#takeBatch());
    this.#state = 'draining';
    this.#release();
    return true;
  }

  /** Sends the next lines on their way, as many as a slice may have. @returns false when there are none */
  #takeBatch(): boolean {
    const batch = new ChangeBatch(this.#line, this.options.maxLines() - this.#waitingLines, this.options.key);
    while (!batch.isFull) {
      const next = this.#lines.next();
      if (next.done) break;
      batch.take(next.value);
    }
    if (batch.lines === 0) return false;
    this.#line += batch.lines;
    this.#answer(batch.lines, batch.bytes, batch.answers(this.options.applyAll));
    return true;
  }

  /** Says why no more is read, after all answers. */
  #refuse(error: TallyError): void {
    this.#state = 'draining';
    this.#release();
    const batch = new ChangeBatch(this.#line, 1, undefined);
    batch.take(error);
    this.#answer(batch.lines, 0, batch.answers(this.options.applyAll));
  }

  #answer(lines: number, bytes: number, answers: Promise<string>): void {
    this.#waitingLines += lines;
    this.#waitingBytes += bytes;
    this.#answered = this.#write(answers, this.#answered).finally(() => {
      this.#waitingLines -= lines;
      this.#waitingBytes -= bytes;
      this.#wake();
    });
  }

  #hold(text: string): void {
    this.#held += text;
    if (this.#held && this.#held.length > MAX_HELD) this.#release();
  }

  #release(): void {
    if (this.#held && !this.#gone) this.response.write(this.#held);
    this.#held = undefined;
  }

  async #write(answers: Promise<string>, before: Promise<void>): Promise<void> {
    try {
      const [text] = await Promise.all([answers, before]);
      if (this.#held !== undefined) this.#hold(text);
      else if (text !== '' && !this.#gone) this.response.write(text);
    } catch (error) {
      // Without an answer to a line, those that follow would be taken for it.
      logger.error(error);
      this.response.destroy();
    }
  }
}

function stopping(): TallyError {
  return new TallyError('stopping', 'this instance is stopping: send this line and what follows to another');
}

function unreadable(error: Error): TallyError {
  return new TallyError('invalid-request', `what follows cannot be read: ${error.message}`);
}
