/** Neighbouring lines of a stream: read, applied and answered together. */
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { problemOf } from '../../http/problem-details.js';
import { parseLine } from './change-line.js';
import type { Line } from './line-splitter.js';

/** Most lines of a batch: about a millisecond of work. */
const MAX_LINES = 256;
/** Most time that reading a batch may take, milliseconds: lines that are wrong cost fifty times as much as those that are right. */
const MAX_MS = 4;
/** How often the clock is looked at, lines. */
const LINES_PER_LOOK = 16;

export class ChangeBatch {
  readonly #began = performance.now();
  readonly #changeSets: ChangeSet[] = [];
  /** The number of each change set's line. */
  readonly #numbers: number[] = [];
  /** Answers to lines that come to nothing, and how many change sets go before each. */
  readonly #refusals: { readonly after: number; readonly text: string }[] = [];
  #lines = 0;
  #bytes = 0;

  /**
   * @param before number of the line before the first
   * @param most how many lines there is room for
   * @param key for lines without one of their own
   */
  constructor(
    private readonly before: number,
    private readonly most: number,
    private readonly key: string | undefined,
  ) {}

  get lines(): number {
    return this.#lines;
  }

  /** Of the lines' text. */
  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    if (this.#lines >= Math.min(MAX_LINES, this.most)) return true;
    return this.#lines > 0 && this.#lines % LINES_PER_LOOK === 0 && performance.now() - this.#began > MAX_MS;
  }

  take(line: Line): void {
    this.#lines += 1;
    const number = this.before + this.#lines;
    if (typeof line !== 'string') return this.#refuse(line, number);
    this.#bytes += line.length;
    if (line.trim() === '') return;
    try {
      // Only what a file begins with can be a byte order mark.
      this.#changeSets.push(this.#keyed(parseLine(number === 1 ? line.replace(/^\uFEFF/, '') : line), number));
      this.#numbers.push(number);
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      this.#refuse(error, number);
    }
  }

  /** Applies the change sets. @returns a line of text for each line that is not blank, in order */
  async answers(
    applyAll: (changeSets: readonly ChangeSet[]) => Promise<readonly (Outcome | TallyError)[]>,
  ): Promise<string> {
    const results = this.#changeSets.length > 0 ? await applyAll(this.#changeSets) : [];
    let text = '';
    let refused = 0;
    for (let index = 0; index <= results.length; index += 1) {
      for (let next = this.#refusals[refused]; next?.after === index; next = this.#refusals[refused]) {
        text += next.text;
        refused += 1;
      }
      const result = results[index];
      if (result) text += result instanceof TallyError ? refusalLine(result, this.#numbers[index]) : lineOf(result);
    }
    return text;
  }

  /** The space keeps such a key apart from all that clients send: theirs are visible characters. */
  #keyed(changeSet: ChangeSet, number: number): ChangeSet {
    return this.key === undefined || changeSet.key !== undefined
      ? changeSet
      : { ...changeSet, key: `${this.key} ${number}` };
  }

  #refuse(error: TallyError, number: number): void {
    this.#refusals.push({ after: this.#changeSets.length, text: refusalLine(error, number) });
  }
}

function lineOf(answer: object): string {
  return `${JSON.stringify(answer)}\n`;
}

function refusalLine(error: TallyError, line: number | undefined): string {
  return lineOf({ ...problemOf(error), line, ...(error.replayed && { replayed: true }) });
}
