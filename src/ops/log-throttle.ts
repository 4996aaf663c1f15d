/** Limits bursts of the same log line: writes the first few, then the number of suppressed ones. */

/** Lines of a kind that are written per interval. */
export const BURST_SIZE = 5;
/** Interval after which the counts are written and reset, milliseconds. */
const BURST_INTERVAL_MS = 5_000;

/** Lines of one kind in the current interval. */
interface Burst {
  seen: number;
  readonly logSuppressed: (leftOut: number) => void;
}

export class LogThrottle {
  readonly #bursts = new Map<string, Burst>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly intervalMs = BURST_INTERVAL_MS,
    private readonly burstSize = BURST_SIZE,
  ) {}

  /**
   * Counts a line and returns true if it should be written. There must be few kinds: clients must not choose them.
   * @param logSuppressed called after the interval, if lines of this kind were suppressed
   */
  shouldLog(kind: string, logSuppressed: (leftOut: number) => void): boolean {
    let burst = this.#bursts.get(kind);
    if (!burst) this.#bursts.set(kind, (burst = { seen: 0, logSuppressed }));
    burst.seen += 1;
    this.#timer ??= setTimeout(() => this.flush(), this.intervalMs).unref();
    return burst.seen <= this.burstSize;
  }

  /** Writes the counts now and resets them. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const bursts = [...this.#bursts.values()];
    this.#bursts.clear();
    for (const { seen, logSuppressed } of bursts) if (seen > this.burstSize) logSuppressed(seen - this.burstSize);
  }
}
