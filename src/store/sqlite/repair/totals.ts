/** Settles the value and the totals of a counter if its row, its points and the ledger contradict each other. */
import { MAX_VALUE } from '../../../counters/counters.js';
import type { ReplayedCounter } from './ledger-repair.js';

export interface TotalSources {
  /** The row of the counter. */
  readonly row: { readonly added: bigint | undefined; readonly removed: bigint | undefined };
  /** Values of the newest points, of up to three steps. */
  readonly points: readonly bigint[];
  /** True if no page of the points was damaged: then the newest points are the newest changes. */
  readonly arePointsWhole: boolean;
  readonly ledger: ReplayedCounter | undefined;
}

export interface Totals {
  readonly added: bigint;
  readonly removed: bigint;
}

/**
 * The value that most sources have. If as many have another one: the ledger, if it has every change, then the points,
 * which are two numbers that agree, then the row.
 * @returns undefined if nothing is known
 */
export function settleValue({ row, points, arePointsWhole, ledger }: TotalSources): bigint | undefined {
  const { added, removed } = row;
  const stored = added === undefined || removed === undefined ? [] : [added - removed];
  const replayed = ledger ? [ledger.value] : [];
  const byTrust = arePointsWhole ? [...points, ...stored] : [...stored, ...points];
  const candidates = (ledger?.totals ? [...replayed, ...byTrust] : [...byTrust, ...replayed]).filter(
    (value) => value >= -MAX_VALUE && value <= MAX_VALUE,
  );
  const countVotes = (value: bigint): number => candidates.filter((candidate) => candidate === value).length;
  let settled: bigint | undefined;
  for (const value of candidates) if (settled === undefined || countVotes(value) > countVotes(settled)) settled = value;
  return settled;
}

/**
 * Finds totals for a value: those of the row; else of the ledger, if it has every change; else of the hour points, if
 * they begin with the counter; else those with the total of the row that is nearer to the points.
 * @returns them with their source, undefined for the row
 */
export function settleTotals(
  value: bigint,
  { row, ledger }: TotalSources,
  hours: Totals | undefined,
): { readonly totals: Totals; readonly source: string | undefined } {
  const fits = (totals: Totals | undefined): totals is Totals =>
    totals !== undefined && totals.added >= 0n && totals.removed >= 0n && totals.added - totals.removed === value;
  const { added, removed } = row;
  const stored = added === undefined || removed === undefined ? undefined : { added, removed };
  if (fits(stored)) return { totals: stored, source: undefined };
  if (fits(ledger?.totals)) return { totals: ledger.totals, source: 'the ledger' };
  if (fits(hours)) return { totals: hours, source: 'the hour points' };
  const halves = [
    ...(removed === undefined || value + removed < 0n ? [] : [{ added: value + removed, removed }]),
    ...(added === undefined || added < value ? [] : [{ added, removed: added - value }]),
  ];
  const [nearest] = halves.toSorted((a, b) => (a.added < b.added ? -1 : 1));
  return nearest
    ? { totals: nearest, source: 'the value and one total' }
    : {
        totals: value < 0n ? { added: 0n, removed: -value } : { added: value, removed: 0n },
        source: 'the value alone',
      };
}
