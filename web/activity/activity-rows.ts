/** Folds the ledger into rows that people read: many like changes of one sender become one row. Pure. */
import type { BookedChange, LedgerEntry } from '../../src/client/client.js';
import { getHourSpan, getMinuteSpan, type TimeSpan } from './time-spans.js';

/** A counter in a row. Amounts are in the smallest unit; bigint, since sums may be beyond 2^53. */
export interface RowChange {
  readonly counter: string;
  /** Undefined if the ledger does not say by how much the counter moved. */
  readonly by: bigint | undefined;
  /** Value that was set, in rows of one entry. */
  readonly to: number | undefined;
}

/** Bookings that are no changes of people or programs. The service writes these as reasons. */
const BOOKINGS = ['defined', 'deleted', 'history'] as const;
export type Booking = (typeof BOOKINGS)[number];

export interface ActivityRow {
  /** The same for a row that grows. */
  readonly key: string;
  /** Newest first. */
  readonly entries: readonly LedgerEntry[];
  readonly changes: readonly RowChange[];
  readonly who: string | undefined;
  readonly reason: string | undefined;
  readonly booking: Booking | undefined;
  readonly undoes: number | undefined;
  readonly isUndone: boolean;
  /** Time of the entry; start and end of the minute or the hour whose entries a folded row has. */
  readonly start: number;
  readonly end: number;
}

interface FoldOptions {
  /** Service's time. Entries of the running hour are folded by minutes, all before by hours. */
  readonly now: number;
  readonly timeZone: string;
  /** True if there are older entries than these. */
  readonly hasMore: boolean;
}

/**
 * Returns rows, newest first. Entries of one sender that change the same counters in the same direction for the same
 * reason within a minute or an hour are one row at the place of the newest. Entries that set a value, and those that
 * undo or were undone, stand alone.
 * @param entries newest first
 */
export function foldEntries(entries: readonly LedgerEntry[], { now, timeZone, hasMore }: FoldOptions): ActivityRow[] {
  const runningHour = getHourSpan(now, timeZone);
  const groups = new Map<string, { readonly span: TimeSpan; readonly entries: LedgerEntry[] }>();
  for (const entry of entries) {
    const span = entry.at >= runningHour.start ? getMinuteSpan(entry.at) : getHourSpan(entry.at, timeZone);
    const likeness = describeLikeness(entry);
    const key = likeness === undefined ? String(entry.revision) : `${span.start} ${span.end} ${likeness}`;
    const group = groups.get(key);
    if (group) group.entries.push(entry);
    else groups.set(key, { span, entries: [entry] });
  }
  const oldest = entries.at(-1)?.at ?? 0;
  return [...groups].map(([key, { span, entries: like }]) => toRow(key, like, span, hasMore ? oldest : -Infinity));
}

/** Returns the row of a single entry. */
export function foldEntry(entry: LedgerEntry): ActivityRow {
  return toRow(String(entry.revision), [entry], { start: entry.at, end: entry.at }, -Infinity);
}

/** @param knownFrom from here on all entries are known */
function toRow(key: string, entries: readonly LedgerEntry[], { start, end }: TimeSpan, knownFrom: number): ActivityRow {
  const [newest] = entries as [LedgerEntry];
  const isFolded = entries.length > 1;
  const sums = new Map<string, RowChange>();
  for (const change of entries.flatMap((entry) => entry.changes)) {
    const known = sums.get(change.counter);
    sums.set(change.counter, addChange(known, change));
  }
  return {
    key,
    entries,
    changes: [...sums.values()],
    who: newest.who,
    reason: newest.reason,
    booking: findBooking(newest),
    undoes: newest.undoes,
    isUndone: newest.undoneBy !== undefined,
    // A row of which older entries may be missing says from when on it counts.
    start: isFolded ? Math.max(start, knownFrom) : newest.at,
    end: isFolded ? end : newest.at,
  };
}

function addChange(known: RowChange | undefined, change: BookedChange): RowChange {
  const amount = getAmount(change);
  const { counter } = change;
  const to = 'to' in change ? change.to : undefined;
  if (!known) return { counter, by: amount, to };
  return { counter, by: known.by === undefined || amount === undefined ? undefined : known.by + amount, to };
}

/** Returns the amount by which a change moved its counter; undefined if the ledger does not say. */
export function getAmount(change: BookedChange): bigint | undefined {
  const amount = 'by' in change ? change.by : change.moved;
  return amount === undefined ? undefined : BigInt(amount);
}

/** Describes what like entries share; undefined if an entry stands alone. */
function describeLikeness({ changes, who, reason, undoes, undoneBy }: LedgerEntry): string | undefined {
  if (undoes !== undefined || undoneBy !== undefined) return undefined;
  if (changes.some((change) => 'to' in change)) return undefined;
  const moves = changes.map(({ counter, ...change }) => `${counter}${'by' in change && change.by < 0 ? '-' : '+'}`);
  return JSON.stringify([who, reason, ...moves.toSorted()]);
}

/** Returns the kind of booking that an entry is: no change has a key then, and each sets a value. */
export function findBooking({ key, reason, changes, undoes }: LedgerEntry): Booking | undefined {
  if (key !== undefined || undoes !== undefined || !changes.every((change) => 'to' in change)) return undefined;
  return BOOKINGS.find((booking) => booking === reason);
}

/**
 * True if an entry can be undone as far as the page can tell; the service decides.
 * @param exists true for counters that exist
 */
export function canBeUndone(entry: LedgerEntry, exists: (counter: string) => boolean): boolean {
  const { changes, undoneBy } = entry;
  if (undoneBy !== undefined || findBooking(entry) !== undefined) return false;
  const amounts = changes.map(getAmount);
  return (
    changes.every(({ counter }) => exists(counter)) && !amounts.includes(undefined) && amounts.some((by) => by !== 0n)
  );
}
