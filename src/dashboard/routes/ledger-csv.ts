/** Serializes a ledger to CSV, page by page as the client takes it. */
import { setImmediate } from 'node:timers/promises';
import type { BookedChange } from '../../counters/counters.js';
import { toCsvRow, toTextCell } from '../../csv/csv-row.js';
import { toDecimalText } from '../../measures/decimal.js';
import { ZonedTimeFormatter } from '../../measures/zoned-time.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import type { LedgerMatches } from '../../store/store.js';

const HEADER = toCsvRow(['revision', 'at', 'who', 'reason', 'counter', 'by', 'to', 'moved']);
/** Entries per read of the store, and per turn of the event loop. One entry has up to 1,000 rows. */
const ENTRIES_PER_READ = 1_000;
const ENTRIES_PER_TURN = 100;

export interface LedgerRange {
  /** Revision before the first entry. */
  readonly after: number;
  /** Revision of the last entry. */
  readonly last: number;
  /** Entries at most. */
  readonly limit: number;
  readonly timeZone: string;
  /** Returns the digits behind the point of a counter; 0 for one that is gone. */
  readonly getScale: (counter: string) => number;
}

type ReadPage = (after: number, limit: number) => Promise<LedgerMatches>;

/**
 * Reads the first page, and returns the text: a row for each change. Numbers are decimals at the scale of their
 * counter; `moved` is the difference that a change with `to` made.
 * @throws what `readPage` throws
 */
export async function openLedgerCsv(readPage: ReadPage, range: LedgerRange): Promise<AsyncGenerator<string>> {
  const first = await readPage(range.after, Math.min(ENTRIES_PER_READ, range.limit));
  return serialize(readPage, range, first);
}

async function* serialize(
  readPage: ReadPage,
  { last, limit, timeZone, getScale }: LedgerRange,
  first: LedgerMatches,
): AsyncGenerator<string> {
  const times = new ZonedTimeFormatter(timeZone);
  yield HEADER;
  let remaining = limit;
  for (let page = first; ;) {
    // Changes may have been counted since the request.
    const entries = page.entries.filter(({ revision }) => revision <= last);
    for (let start = 0; start < entries.length; start += ENTRIES_PER_TURN) {
      const part = entries.slice(start, start + ENTRIES_PER_TURN);
      yield part.map((entry) => toRows(entry, times, getScale)).join('');
      await setImmediate();
    }
    remaining -= page.entries.length;
    const { next } = page;
    if (next === undefined || next >= last || remaining <= 0) return;
    page = await readPage(next, Math.min(ENTRIES_PER_READ, remaining));
  }
}

function toRows(
  { revision, at, who, reason, changes }: LedgerEntry,
  times: ZonedTimeFormatter,
  getScale: LedgerRange['getScale'],
): string {
  const head = [String(revision), times.format(at, 3), toTextCell(who), toTextCell(reason)];
  return changes.map((change) => toCsvRow([...head, change.counter, ...toAmounts(change, getScale)])).join('');
}

function toAmounts(change: BookedChange, getScale: LedgerRange['getScale']): string[] {
  const scale = getScale(change.counter);
  if ('by' in change) return [toDecimalText(change.by, scale), '', ''];
  const moved = change.moved === undefined ? '' : toDecimalText(BigInt(change.moved), scale);
  return ['', toDecimalText(change.to, scale), moved];
}
