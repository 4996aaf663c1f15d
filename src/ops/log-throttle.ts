/** Keeps the log readable: of a burst of the same event the first few are written, then how many more there were. */

/** How many of a kind are written before the rest is counted. */
export const BURST_SIZE = 5;
/** How often the counts are written, and everything is new again, milliseconds. */
const BURST_INTERVAL_MS = 5_000;

/** What came of one kind since the counts were last written. */
interface Burst {
  seen: number;
  /** Writes how many were left out. */
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
   * Whether one more of a kind is to be written. Kinds must be few: never of what a client can choose.
   * @param logSuppressed called later, when others of the kind were not
   */
  shouldLog(kind: string, logSuppressed: (leftOut: number) => void): boolean {
    let burst = this.#bursts.get(kind);
    if (!burst) this.#bursts.set(kind, (burst = { seen: 0, logSuppressed }));
    burst.seen += 1;
    this.#timer ??= setTimeout(() => this.flush(), this.intervalMs).unref();
    return burst.seen <= this.burstSize;
  }

  /** Writes the counts now, and begins anew. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const bursts = [...this.#bursts.values()];
    this.#bursts.clear();
    for (const { seen, logSuppressed } of bursts) if (seen > this.burstSize) logSuppressed(seen - this.burstSize);
  }
}
