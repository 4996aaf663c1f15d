/**
 * Decides when a bulk stream has had too many invalid lines. One kilobyte of gzip unpacks to half a million of them,
 * and refusing a line costs up to a hundred times as much as reading a valid one.
 *
 * Each invalid line adds its weight to a balance, and each line that is applied, now or earlier (a replay), subtracts 1
 * from it, but not below 0. The balance is checked at every 100th invalid line. Results arrive later than lines, so a
 * check waits for pending results if they decide it. Checking at every line would cost a wait, and a commit, for each
 * line of a stream whose balance stays just below the limit.
 */

/** Balance of invalid and applied lines from which a check ends the stream. A multiple of the interval of checks. */
export const MAX_INVALID_LINES = 1_000;
/** Number of invalid lines from one check to the next. */
const CHECK_INTERVAL = 100;
/** A longer invalid line counts once for each such part of it, because refusing it costs as much as refusing many. */
const CODE_UNITS_PER_LINE = 1_024;

/** Returns how many invalid lines a line of this length (UTF-16 code units) counts as. */
export function weighInvalidLine(length: number): number {
  return Math.max(1, Math.ceil(length / CODE_UNITS_PER_LINE));
}

/** Effect of consecutive lines on the balance. It is known before the balance that they begin with. */
export class BalanceChange {
  /** Change of a balance that does not reach 0 on the way. */
  #sum = 0;
  /** Balance after the lines if it was 0 before them. */
  #fromZero = 0;

  addInvalid(weight: number): void {
    this.#sum += weight;
    this.#fromZero += weight;
  }

  addApplied(): void {
    this.#sum -= 1;
    if (this.#fromZero > 0) this.#fromZero -= 1;
  }

  /** Returns the balance after the lines. */
  applyTo(balance: number): number {
    return Math.max(balance + this.#sum, this.#fromZero);
  }
}

export class InvalidLineLimit {
  /** Balance after the last answered line. Never negative. */
  #balance = 0;
  /** Invalid lines of batches that are not answered yet. */
  #pending = 0;
  /** Invalid lines read since the last check that was passed. From `CHECK_INTERVAL` on, the next check is due. */
  #sinceCheck = 0;

  /** Most by which invalid lines outnumber applied ones from any answered line to the last one. */
  get balance(): number {
    return this.#balance;
  }

  /** True if the next line ends the stream. */
  get isReached(): boolean {
    return this.#isCheckDue && this.#pending === 0 && this.#balance >= MAX_INVALID_LINES;
  }

  /** Number of invalid lines to read up to the next check. 0: the limit is reached, or pending results decide. */
  get remaining(): number {
    if (this.#isCheckDue && this.#balance + this.#pending >= MAX_INVALID_LINES) return 0;
    return CHECK_INTERVAL - (this.#sinceCheck % CHECK_INTERVAL);
  }

  get #isCheckDue(): boolean {
    return this.#sinceCheck >= CHECK_INTERVAL;
  }

  /** Counts the invalid lines of a batch that was read. The batch must end at the line that reaches `remaining`. */
  addPending(count: number): void {
    this.#pending += count;
    this.#sinceCheck = (this.#sinceCheck % CHECK_INTERVAL) + count;
  }

  /**
   * Counts the result of a batch. Batches must be settled in the order of their lines.
   * @param invalidLines the number that `addPending` counted for the batch
   */
  settle(invalidLines: number, change: BalanceChange): void {
    this.#pending -= invalidLines;
    this.#balance = change.applyTo(this.#balance);
  }
}
