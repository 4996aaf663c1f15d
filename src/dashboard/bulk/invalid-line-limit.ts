/**
 * Decides when a bulk stream has had too many invalid lines. One kilobyte of gzip unpacks to half a million of them,
 * and refusing a line costs up to a hundred times as much as reading a valid one.
 *
 * Invalid lines are counted since the last line that was applied, now or earlier (a replay). Results arrive later than
 * lines, so the stream reads on only while the lines without a result cannot exceed the limit.
 */

/** Most invalid lines without an applied one before the stream ends. */
export const MAX_INVALID_LINES = 1_000;
/** A longer invalid line counts once for each such part of it, because refusing it costs as much as refusing many. */
const CODE_UNITS_PER_LINE = 1_024;

/** Returns how many invalid lines a line of this length (UTF-16 code units) counts as. */
export function weighInvalidLine(length: number): number {
  return Math.max(1, Math.ceil(length / CODE_UNITS_PER_LINE));
}

/** Invalid lines of an answered batch. */
interface InvalidLines {
  /** All of them. */
  readonly total: number;
  /** Those after the last applied line; undefined if no line was applied. */
  readonly sinceApplied: number | undefined;
}

export class InvalidLineLimit {
  /** Answered invalid lines since the last applied one. */
  #answered = 0;
  /** Invalid lines of batches that are not answered yet. */
  #pending = 0;

  /** True if no applied line precedes the last 1,000 invalid ones: the next line ends the stream. */
  get isReached(): boolean {
    return this.#answered >= MAX_INVALID_LINES;
  }

  /** Number of invalid lines that may still be read. 0: pending results decide. */
  get remaining(): number {
    return Math.max(0, MAX_INVALID_LINES - this.#answered - this.#pending);
  }

  /** Counts the invalid lines of a batch that was read. */
  addPending(count: number): void {
    this.#pending += count;
  }

  /** Counts the result of a batch. Batches must be settled in the order of their lines. */
  settle({ total, sinceApplied }: InvalidLines): void {
    this.#pending -= total;
    this.#answered = sinceApplied ?? this.#answered + total;
  }
}
