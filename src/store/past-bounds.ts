/** Where the kept past of a dashboard begins, and where moments lie in its ledger. */

/** Number and time of a ledger entry. */
export interface LedgerPosition {
  readonly revision: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

export interface PastBounds {
  /** Id of the data that was read: revisions of another one do not compare. */
  readonly epoch: string;
  /** Oldest entry of the ledger. Undefined if it has none. */
  readonly oldestEntry: (LedgerPosition & { readonly reason?: string }) | undefined;
  /** For each moment the newest kept entry at or before it, in the order of the moments. */
  readonly positions: readonly (LedgerPosition | undefined)[];
  /**
   * For each counter, in the requested order, the start of its oldest row of each kind in ROWS, milliseconds since the
   * Unix epoch. Undefined for a kind without rows.
   */
  readonly firstRows: ReadonlyMap<string, readonly (number | undefined)[]>;
}

/**
 * Finds the newest ledger entry at or before a moment: revisions and times rise together. Yields revisions; the caller
 * reads the newest entry with at most that revision, and sends its position back. Each halves the range, so there are
 * at most 53 of them.
 * @param range revisions of the oldest and of the newest entry
 */
export function* findPosition(
  atMs: number,
  { oldest, newest }: { readonly oldest: number; readonly newest: number },
): Generator<number, LedgerPosition | undefined, LedgerPosition | undefined> {
  let found: LedgerPosition | undefined;
  let [low, high] = [oldest, newest];
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const position = yield middle;
    if (position && position.at > atMs) {
      high = Math.min(position.revision, middle) - 1;
    } else {
      found = position ?? found;
      low = middle + 1;
    }
  }
  return found;
}
