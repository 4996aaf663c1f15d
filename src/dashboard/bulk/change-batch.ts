/** Neighbouring lines of a stream: read, applied and answered together. */
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { toProblemDetails } from '../../http/problem-details.js';
import type { Line } from '../../ndjson/line-splitter.js';
import { parseChangeLine, toLineError } from './change-line.js';

/** Most lines of a batch: about a millisecond of work. */
const MAX_BATCH_LINES = 256;
/** Most time that reading a batch may take, milliseconds: lines that are wrong cost fifty times as much as those that are right. */
const MAX_PARSE_MS = 4;
/** How often the clock is looked at, lines. */
const LINES_PER_CLOCK_CHECK = 16;

export class ChangeBatch {
  readonly #startedMs = performance.now();
  readonly #changeSets: ChangeSet[] = [];
  /** The number of each change set's line. */
  readonly #lineNumbers: number[] = [];
  /** Answers to lines that come to nothing, and how many change sets go before each. */
  readonly #rejections: { readonly after: number; readonly text: string }[] = [];
  #lineCount = 0;
  #bytes = 0;

  /**
   * @param previousLine number of the line before the first
   * @param maxLines how many lines there is room for
   * @param key for lines without one of their own
   */
  constructor(
    private readonly previousLine: number,
    private readonly maxLines: number,
    private readonly key: string | undefined,
  ) {}

  get lineCount(): number {
    return this.#lineCount;
  }

  /** Of the lines' text. */
  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    if (this.#lineCount >= Math.min(MAX_BATCH_LINES, this.maxLines)) return true;
    return (
      this.#lineCount > 0 &&
      this.#lineCount % LINES_PER_CLOCK_CHECK === 0 &&
      performance.now() - this.#startedMs > MAX_PARSE_MS
    );
  }

  add(line: Line): void {
    this.#lineCount += 1;
    const lineNumber = this.previousLine + this.#lineCount;
    if (typeof line !== 'string') return this.#reject(toLineError(line), lineNumber);
    this.#bytes += line.length;
    if (line.trim() === '') return;
    try {
      // Only what a file begins with can be a byte order mark.
      this.#changeSets.push(
        this.#withKey(parseChangeLine(lineNumber === 1 ? line.replace(/^\uFEFF/, '') : line), lineNumber),
      );
      this.#lineNumbers.push(lineNumber);
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      this.#reject(error, lineNumber);
    }
  }

  /** Adds the reason why no more lines are read, in place of the next one. */
  addError(error: TallyError): void {
    this.#lineCount += 1;
    this.#reject(error, this.previousLine + this.#lineCount);
  }

  /** Applies the change sets. @returns a line of text for each line that is not blank, in order */
  async apply(
    applyAll: (changeSets: readonly ChangeSet[]) => Promise<readonly (Outcome | TallyError)[]>,
  ): Promise<string> {
    const results = this.#changeSets.length > 0 ? await applyAll(this.#changeSets) : [];
    let text = '';
    let written = 0;
    for (let index = 0; index <= results.length; index += 1) {
      for (let next = this.#rejections[written]; next?.after === index; next = this.#rejections[written]) {
        text += next.text;
        written += 1;
      }
      const result = results[index];
      if (result)
        text += result instanceof TallyError ? toProblemLine(result, this.#lineNumbers[index]) : toResponseLine(result);
    }
    return text;
  }

  /** The space keeps such a key apart from all that clients send: theirs are visible characters. */
  #withKey(changeSet: ChangeSet, lineNumber: number): ChangeSet {
    return this.key === undefined || changeSet.key !== undefined
      ? changeSet
      : { ...changeSet, key: `${this.key} ${lineNumber}` };
  }

  #reject(error: TallyError, lineNumber: number): void {
    this.#rejections.push({ after: this.#changeSets.length, text: toProblemLine(error, lineNumber) });
  }
}

function toResponseLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function toProblemLine(error: TallyError, lineNumber: number | undefined): string {
  return toResponseLine({ ...toProblemDetails(error), line: lineNumber, ...(error.replayed && { replayed: true }) });
}
