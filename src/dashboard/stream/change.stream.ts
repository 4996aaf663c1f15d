/** A stream of change sets, from its first line to the answer to its last. */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { problemOf } from '../../problem.js';
import { parseLine } from './change.line.js';
import { type Line, LineSplitter } from './line.splitter.js';
import { OrderedAnswers } from './ordered.answers.js';

/** Most bytes of lines that wait for their answers. */
const MAX_WAITING_BYTES = 4 * 2 ** 20;

export interface StreamOptions {
  readonly apply: (changeSet: ChangeSet) => Promise<Outcome>;
  /** Most lines that may wait for their commit, as of now. */
  readonly maxLines: () => number;
  /** The key for lines without one of their own: theirs is this with the number of the line. */
  readonly key: string | undefined;
  /** Resolves when the service stops. */
  readonly stopping: Promise<unknown>;
}

const STOPPING = Symbol('stopping');
const logger = new Logger('ChangeStream');

export class ChangeStream {
  readonly #splitter = new LineSplitter();
  readonly #answers: OrderedAnswers;
  #line = 0;

  constructor(
    private readonly response: ServerResponse,
    private readonly options: StreamOptions,
  ) {
    this.#answers = new OrderedAnswers(response);
  }

  /**
   * Reads to the end, or until the client is gone or the service stops. Resolves when every line that was read is answered.
   * No more is read than the client takes answers for.
   */
  async run(body: Readable): Promise<void> {
    const stopping = this.options.stopping.then(() => STOPPING);
    const pieces = body.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, undefined>;
    try {
      for (;;) {
        const next = await Promise.race([pieces.next(), stopping]);
        if (typeof next === 'symbol') {
          this.#refuse(new TallyError('stopping', 'this instance is stopping: send what follows to another'));
          break;
        }
        const lines = next.done ? this.#splitter.end() : this.#splitter.push(next.value);
        for (const line of lines) this.#take(line);
        if (next.done) break;
        await Promise.race([this.#answers.room(this.options.maxLines(), MAX_WAITING_BYTES), stopping]);
      }
    } catch (error) {
      // The client is gone, and so are the answers: what was read is counted all the same, and a retry finds it so.
      if (!this.#answers.gone) this.#refuse(unreadable(error));
    }
    await this.#answers.room(0, Number.MAX_SAFE_INTEGER);
    this.response.end();
    // What still comes is not wanted, but a connection that is closed on it would take answers with it that are on their way.
    void discard(pieces);
  }

  #take(line: Line): void {
    this.#line += 1;
    const number = this.#line;
    if (typeof line !== 'string') return this.#refuse(line, number);
    if (line.trim() === '') return;
    let changeSet: ChangeSet;
    try {
      changeSet = this.#keyed(parseLine(number === 1 ? line.replace(/^\uFEFF/, '') : line), number);
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      return this.#refuse(error, number);
    }
    const answer = this.#answers.open(line.length);
    this.options.apply(changeSet).then(
      (outcome) => answer(`${JSON.stringify(outcome)}\n`),
      (error: unknown) => answer(problemLine(error, number)),
    );
  }

  /** The space keeps such a key apart from all that clients send: theirs are visible characters. */
  #keyed(changeSet: ChangeSet, line: number): ChangeSet {
    const { key } = this.options;
    return key === undefined || changeSet.key !== undefined ? changeSet : { ...changeSet, key: `${key} ${line}` };
  }

  #refuse(error: TallyError, line?: number): void {
    this.#answers.open(0)(problemLine(error, line));
  }
}

function problemLine(error: unknown, line?: number): string {
  if (!(error instanceof TallyError)) logger.error(error);
  const known =
    error instanceof TallyError ? error : new TallyError('internal-error', 'the change set was not carried out');
  return `${JSON.stringify({ ...problemOf(known), ...(line !== undefined && { line }) })}\n`;
}

async function discard(pieces: AsyncIterator<Buffer, undefined>): Promise<void> {
  try {
    while (!(await pieces.next()).done);
  } catch {
    // The client has cut what nobody was waiting for.
  }
}

function unreadable(error: unknown): TallyError {
  const why = error instanceof Error ? error.message : String(error);
  return new TallyError('invalid-request', `what follows cannot be read: ${why}`);
}
