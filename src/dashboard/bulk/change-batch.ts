/** Consecutive lines of a bulk stream that are parsed, applied and answered together. */
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { toProblemDetails } from '../../http/problem-details.js';
import type { Line } from '../../ndjson/line-splitter.js';
import { parseChangeLine, toLineError } from './change-line.js';

/** Most lines of a batch: about 1 ms of work. */
const MAX_BATCH_LINES = 256;
/** Longest time to parse a batch, milliseconds. An invalid line costs fifty times as much as a valid one. */
const MAX_PARSE_MS = 4;
const LINES_PER_CLOCK_CHECK = 16;

export class ChangeBatch {
  readonly #startedMs = performance.now();
  readonly #changeSets: ChangeSet[] = [];
  readonly #lineNumbers: number[] = [];
  /** Responses to lines that are not applied. `after`: number of change sets before the line. */
  readonly #rejections: { readonly after: number; readonly text: string }[] = [];
  #lineCount = 0;
  #bytes = 0;

  /** @param key idempotency key of the request, for lines without a key */
  constructor(
    private readonly previousLine: number,
    private readonly maxLines: number,
    private readonly key: string | undefined,
  ) {}

  get lineCount(): number {
    return this.#lineCount;
  }

  /** Length of the added lines, UTF-16 code units. */
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
      // Only the first line of a file can have a byte order mark.
      this.#changeSets.push(
        this.#withKey(parseChangeLine(lineNumber === 1 ? line.replace(/^\uFEFF/, '') : line), lineNumber),
      );
      this.#lineNumbers.push(lineNumber);
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      this.#reject(error, lineNumber);
    }
  }

  /** Adds the response to a line that was not read. */
  addError(error: TallyError): void {
    this.#lineCount += 1;
    this.#reject(error, this.previousLine + this.#lineCount);
  }

  /** Applies the change sets. Resolves with one line of text for each line that is not blank, in order. */
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

  /** The space separates these keys from all that clients can send, which have visible characters only. */
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
