/** Chooses the row boundary from which a moment is reached with the fewest ledger entries. Pure. */
import { HISTORY_REASON } from '../../store/ledger-reasons.js';
import type { LedgerPosition, PastBounds } from '../../store/past-bounds.js';

/**
 * Ledger entries, and changes in them, that one answer reads at most: a few hundred milliseconds from SQLite, and about
 * 20 MB. Where more lie between a moment and the next boundary of a row, the answer is that of the end of the row.
 */
export const MAX_FOLDED_ENTRIES = 20_000;
export const MAX_FOLDED_CHANGES = 100_000;

/** The way from a boundary of the row of a moment to the moment. */
export interface LedgerPath {
  /** The boundary: the start of the row, from which entries are applied, or its end, from which they are taken back. */
  readonly from: 'start' | 'end';
  /** Entries after this revision, up to `last`. */
  readonly after: number;
  readonly last: number;
  /** Last change at or before the moment. Undefined: there was none. */
  readonly position: LedgerPosition | undefined;
}

/**
 * @param bounds positions are those of the moment, and of the last millisecond before the row and in it
 * @param isSettled false while the row may still grow: then its end is not known
 * @param prefersEnd true if a counter was created in the row: only what came after the moment tells when
 * @returns undefined if the ledger does not reach the moment
 */
export function findLedgerPath(
  { oldestEntry, positions }: Omit<PastBounds, 'epoch' | 'firstRows'>,
  {
    atMs,
    isSettled,
    prefersEnd,
  }: {
    readonly atMs: number;
    readonly isSettled: boolean;
    readonly prefersEnd: boolean;
  },
): LedgerPath | undefined {
  if (!oldestEntry) return undefined;
  // The ledger tells everything if it still has the first change, and that is not a past that was booked at once.
  const isHistory = oldestEntry.revision === 1 && oldestEntry.reason === HISTORY_REASON;
  const isWhole = oldestEntry.revision === 1 && !isHistory;
  if (atMs < oldestEntry.at && !isWhole) return undefined;
  const [position, before, inRow] = positions;
  const at = position?.revision ?? 0;
  const paths: LedgerPath[] = [];
  const startsInLedger = before !== undefined || isWhole;
  const start = before?.revision ?? 0;
  // The points of a past have its lines at their own times: its entry must not count them again.
  const countsHistory = isHistory && start < oldestEntry.revision;
  if (startsInLedger && !countsHistory) paths.push({ from: 'start', after: start, last: at, position });
  if (isSettled) paths.push({ from: 'end', after: at, last: inRow?.revision ?? at, position });
  const usable = paths.filter(({ after, last }) => last - after <= MAX_FOLDED_ENTRIES);
  const preferred = prefersEnd ? usable.filter(({ from }) => from === 'end') : [];
  return (preferred.length > 0 ? preferred : usable).toSorted((a, b) => a.last - a.after - (b.last - b.after))[0];
}
