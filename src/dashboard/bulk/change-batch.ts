/** Consecutive lines of a bulk stream that are parsed, applied and answered together. */
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { toProblemDetails } from '../../http/problem-details.js';
import type { Line } from '../../ndjson/line-splitter.js';
import { parseChangeLine, toLineError } from './change-line.js';
import { BalanceChange, weighInvalidLine } from './invalid-line-limit.js';

/** Most lines of a batch: about 1 ms of work. */
const MAX_BATCH_LINES = 256;
/** Longest time to parse a batch, milliseconds. An invalid line costs fifty times as much as a valid one. */
const MAX_PARSE_MS = 4;
const LINES_PER_CLOCK_CHECK = 16;

interface BatchResponse {
  /** One line for each line that is not blank, in order. */
  readonly text: string;
  readonly balanceChange: BalanceChange;
}

export class ChangeBatch {
  readonly #startedMs = performance.now();
  readonly #changeSets: ChangeSet[] = [];
  readonly #lineNumbers: number[] = [];
  /** Responses to lines that are not applied. `after`: number of change sets before the line. */
  readonly #rejections: { readonly after: number; readonly text: string; readonly weight: number }[] = [];
  #lineCount = 0;
  #bytes = 0;
  #invalidLines = 0;

  /**
   * @param maxInvalidLines the batch ends at the line that reaches it
   * @param key idempotency key of the request, for lines without a key
   */
  constructor(
    private readonly previousLine: number,
    private readonly maxLines: number,
    private readonly maxInvalidLines: number,
    private readonly key: string | undefined,
  ) {}

  get lineCount(): number {
    return this.#lineCount;
  }

  /** Length of the added lines, UTF-16 code units. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of invalid lines, in which long ones count several times. */
  get invalidLines(): number {
    return this.#invalidLines;
  }

  get isFull(): boolean {
    if (this.#lineCount >= Math.min(MAX_BATCH_LINES, this.maxLines)) return true;
    if (this.#invalidLines >= this.maxInvalidLines) return true;
    return (
      this.#lineCount > 0 &&
      this.#lineCount % LINES_PER_CLOCK_CHECK === 0 &&
      performance.now() - this.#startedMs > MAX_PARSE_MS
    );
  }

  add(line: Line): void {
    this.#lineCount += 1;
    const lineNumber = this.previousLine + this.#lineCount;
    if (typeof line !== 'string') return this.#reject(toLineError(line), lineNumber, 1);
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
      this.#reject(error, lineNumber, weighInvalidLine(line.length));
    }
  }

  /** Adds the response to a line that was not read. */
  addError(error: TallyError): void {
    this.#lineCount += 1;
    this.#reject(error, this.previousLine + this.#lineCount, 0);
  }

  /** Applies the change sets. @param applyAll applies them in order, and counts the invalid lines for the rate limit */
  async apply(
    applyAll: (changeSets: readonly ChangeSet[], invalidLines: number) => Promise<readonly (Outcome | TallyError)[]>,
  ): Promise<BatchResponse> {
    const isEmpty = this.#changeSets.length === 0 && this.#invalidLines === 0;
    const results = isEmpty ? [] : await applyAll(this.#changeSets, this.#invalidLines);
    let text = '';
    let written = 0;
    const balanceChange = new BalanceChange();
    for (let index = 0; index <= results.length; index += 1) {
      for (let next = this.#rejections[written]; next?.after === index; next = this.#rejections[written]) {
        text += next.text;
        balanceChange.addInvalid(next.weight);
        written += 1;
      }
      const result = results[index];
      if (result instanceof TallyError) text += toProblemLine(result, this.#lineNumbers[index]);
      else if (result) {
        text += toResponseLine(result);
        balanceChange.addApplied();
      }
    }
    return { text, balanceChange };
  }

  /** The space separates these keys from those that clients choose, which have visible characters only. */
  #withKey(changeSet: ChangeSet, lineNumber: number): ChangeSet {
    return this.key === undefined || changeSet.key !== undefined
      ? changeSet
      : { ...changeSet, key: `${this.key} ${lineNumber}` };
  }

  /** @param weight number of invalid lines that the line counts as */
  #reject(error: TallyError, lineNumber: number, weight: number): void {
    this.#invalidLines += weight;
    this.#rejections.push({ after: this.#changeSets.length, text: toProblemLine(error, lineNumber), weight });
  }
}

function toResponseLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function toProblemLine(error: TallyError, lineNumber: number | undefined): string {
  return toResponseLine({ ...toProblemDetails(error), line: lineNumber, ...(error.replayed && { replayed: true }) });
}
