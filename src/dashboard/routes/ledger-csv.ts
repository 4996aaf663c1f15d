/** Serializes a ledger to CSV, page by page as the client takes it. */
import { setImmediate } from 'node:timers/promises';
import type { BookedChange } from '../../counters/counters.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import { toCsvRow, toTextCell } from '../../csv/csv-row.js';
import { toDecimalText } from '../../measures/decimal.js';
import { ZonedTimeFormatter } from '../../measures/zoned-time.js';
import type { LedgerMatches, LedgerSearch } from '../../store/ledger-search.js';

const HEADER = toCsvRow(['revision', 'at', 'who', 'reason', 'counter', 'by', 'to', 'moved']);
/** Entries per read of the store, and per turn of the event loop. One entry has up to 1,000 rows. */
const ENTRIES_PER_READ = 1_000;
const ENTRIES_PER_TURN = 100;

interface LedgerTable {
  /** Its `limit` may be infinite: it is read page by page. */
  readonly search: LedgerSearch;
  readonly timeZone: string;
  /** Returns the digits behind the point of a counter; 0 for one that is gone. */
  readonly getScale: (counter: string) => number;
}

type SearchLedger = (search: LedgerSearch) => Promise<LedgerMatches>;

/**
 * Reads the first page, and returns the text: a row for each change. Numbers are decimals at the scale of their
 * counter; `moved` is the difference that a change with `to` made.
 * @throws what `searchLedger` throws
 */
export async function openLedgerCsv(searchLedger: SearchLedger, table: LedgerTable): Promise<AsyncGenerator<string>> {
  const { search } = table;
  const first = await searchLedger({ ...search, limit: Math.min(ENTRIES_PER_READ, search.limit) });
  return serialize(searchLedger, table, first);
}

async function* serialize(
  searchLedger: SearchLedger,
  { search, timeZone, getScale }: LedgerTable,
  first: LedgerMatches,
): AsyncGenerator<string> {
  const times = new ZonedTimeFormatter(timeZone);
  yield HEADER;
  let remaining = search.limit;
  for (let page = first; ;) {
    const { entries, next } = page;
    for (let start = 0; start < entries.length; start += ENTRIES_PER_TURN) {
      const part = entries.slice(start, start + ENTRIES_PER_TURN);
      yield part.map((entry) => toRows(entry, times, getScale)).join('');
      await setImmediate();
    }
    remaining -= entries.length;
    if (next === undefined || remaining <= 0) return;
    const range = search.newestFirst ? { before: next } : { after: next };
    page = await searchLedger({ ...search, ...range, limit: Math.min(ENTRIES_PER_READ, remaining) });
  }
}

function toRows(
  { revision, at, who, reason, changes }: LedgerEntry,
  times: ZonedTimeFormatter,
  getScale: LedgerTable['getScale'],
): string {
  const head = [String(revision), times.format(at, 3), toTextCell(who), toTextCell(reason)];
  return changes.map((change) => toCsvRow([...head, change.counter, ...toAmounts(change, getScale)])).join('');
}

function toAmounts(change: BookedChange, getScale: LedgerTable['getScale']): string[] {
  const scale = getScale(change.counter);
  if ('by' in change) return [toDecimalText(change.by, scale), '', ''];
  const moved = change.moved === undefined ? '' : toDecimalText(BigInt(change.moved), scale);
  return ['', toDecimalText(change.to, scale), moved];
}
