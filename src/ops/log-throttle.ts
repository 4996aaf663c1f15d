/** Keeps the log readable: of a burst of the same event the first few are written, then how many more there were. */

/** How many of a kind are written before the rest is counted. */
export const FIRST = 5;
/** How often the counts are written, and everything is new again, milliseconds. */
const EVERY_MS = 5_000;

/** What came of one kind since the counts were last written. */
interface Burst {
  seen: number;
  /** Writes how many were left out. */
  readonly sayLeftOut: (leftOut: number) => void;
}

export class FloodGate {
  readonly #bursts = new Map<string, Burst>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly everyMs = EVERY_MS,
    private readonly first = FIRST,
  ) {}

  /**
   * Whether one more of a kind is to be written. Kinds must be few: never of what a client can choose.
   * @param sayLeftOut called later, when others of the kind were not
   */
  admits(kind: string, sayLeftOut: (leftOut: number) => void): boolean {
    let burst = this.#bursts.get(kind);
    if (!burst) this.#bursts.set(kind, (burst = { seen: 0, sayLeftOut }));
    burst.seen += 1;
    this.#timer ??= setTimeout(() => this.tellLeftOut(), this.everyMs).unref();
    return burst.seen <= this.first;
  }

  /** Writes the counts now, and begins anew. */
  tellLeftOut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const bursts = [...this.#bursts.values()];
    this.#bursts.clear();
    for (const { seen, sayLeftOut } of bursts) if (seen > this.first) sayLeftOut(seen - this.first);
  }
}
