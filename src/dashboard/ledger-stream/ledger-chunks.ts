/**
 * Reads the ledger of a dashboard in chunks that are ready for a socket.
 *
 * A chunk is what a reader may have in flight: while it is written, nothing else of the ledger is held for the reader.
 * The next one is read from the store after the socket has taken it. An event that is larger than a chunk (an entry has
 * up to 1,000 changes) is sent in pieces, and its entry is read again for each.
 *
 * Readers that follow the end of the ledger are at the same place: they share the read and the encoded chunk.
 */
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import { TallyError } from '../../counters/errors.js';
import { toEventId } from '../../http/event-stream.js';
import type { LedgerSearch } from '../../store/ledger-search.js';
import type { CounterStore } from '../../store/store.js';
import type { DashboardState } from '../state/dashboard-state.js';
import { isKept, type LedgerPlace } from './ledger-place.js';

/** Bytes of a chunk at most. */
export const CHUNK_BYTES = 32 * 1_024;
/** Entries that a chunk has room for, of the smallest. */
const MAX_ENTRIES = 256;

export type LedgerFilter = Pick<LedgerSearch, 'counters' | 'who'>;

export interface LedgerChunk {
  readonly bytes: Buffer;
  /** Place of the reader after the chunk. */
  readonly place: LedgerPlace;
  /** True if the ledger had no more at the time of the read. */
  readonly isLast: boolean;
  /** Entries to read for the next chunk. */
  readonly nextLimit: number;
}

export class LedgerChunks {
  readonly #pendingReads = new Map<string, Promise<LedgerChunk>>();
  readonly epoch: string;

  constructor(
    private readonly store: CounterStore,
    readonly state: DashboardState,
  ) {
    this.epoch = state.epoch;
  }

  /**
   * Reads on from a place, up to the newest revision that viewers may see: it is durable, and confirmed where
   * acknowledgements wait for replicas.
   * @param limit entries to read; `nextLimit` of the chunk before
   * @throws TallyError `ledger-gone` if entries after the place have expired, or the epoch is another;
   *   `unknown-dashboard`, `overloaded`, `store-unavailable`, `data-damaged`
   */
  read(place: LedgerPlace, filter: LedgerFilter, limit = MAX_ENTRIES): Promise<LedgerChunk> {
    const { revision, part } = place;
    const key = JSON.stringify([
      revision,
      part?.bytes,
      part?.undoneBy,
      limit,
      filter.who,
      [...(filter.counters ?? [])],
    ]);
    const pending = this.#pendingReads.get(key);
    if (pending) return pending;
    const reading = this.#read(place, filter, limit).finally(() => this.#pendingReads.delete(key));
    this.#pendingReads.set(key, reading);
    return reading;
  }

  async #read(place: LedgerPlace, filter: LedgerFilter, limit: number): Promise<LedgerChunk> {
    const { dashboard, revision: newest } = this.state;
    const search = { after: place.revision, before: newest + 1, limit: place.part ? 1 : limit, ...filter };
    const { entries, next } = await this.store.searchLedger(dashboard, search);
    await this.#assertKept(place.revision, newest);
    const chunk = encodeChunk(this.epoch, place, entries);
    const isTruncated = chunk.count < entries.length || chunk.place.part !== undefined;
    const nextLimit = isTruncated ? Math.max(1, chunk.count) : Math.min(MAX_ENTRIES, 2 * limit);
    if (isTruncated) return { ...chunk, isLast: false, nextLimit };
    if (next !== undefined) return { ...chunk, place: { revision: next }, isLast: false, nextLimit };
    const isFiltered = filter.counters !== undefined || filter.who !== undefined;
    const end = isFiltered ? await this.#findExaminedEnd(newest) : undefined;
    return { ...chunk, place: { revision: Math.max(chunk.place.revision, end ?? 0) }, isLast: true, nextLimit };
  }

  /**
   * Checks after a read that it was of this epoch and that nothing after the place had expired: entries expire from the
   * oldest on, and a read may take several steps.
   */
  async #assertKept(revision: number, newest: number): Promise<void> {
    const bounds = await this.store.readPastBounds(this.state.dashboard, [], []);
    if (bounds.epoch === this.epoch && isKept(revision, newest, bounds)) return;
    throw new TallyError('ledger-gone', `the ledger of ${this.state.dashboard} has moved on`);
  }

  /** Returns `newest` if the store has all entries up to it: after a failover it may not. */
  async #findExaminedEnd(newest: number): Promise<number> {
    const search = { after: 0, limit: 1, newestFirst: true };
    const { entries } = await this.store.searchLedger(this.state.dashboard, search);
    return Math.min(newest, entries[0]?.revision ?? 0);
  }
}

interface EncodedEntries {
  readonly bytes: Buffer;
  readonly place: LedgerPlace;
  /** Entries that are encoded, the last one perhaps in part. */
  readonly count: number;
}

function encodeChunk(epoch: string, { revision, part }: LedgerPlace, entries: readonly LedgerEntry[]): EncodedEntries {
  const [first] = entries;
  if (part) {
    if (first?.revision !== part.revision) throw new TallyError('ledger-gone', `revision ${part.revision} is gone`);
    const { undoneBy: _, ...rest } = first;
    const entry = part.undoneBy === undefined ? rest : { ...rest, undoneBy: part.undoneBy };
    return cutEvent(encodeEntry(epoch, entry), entry, revision, part.bytes);
  }
  const events: Buffer[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const event = encodeEntry(epoch, entry);
    if (event.length > CHUNK_BYTES && events.length === 0) return cutEvent(event, entry, revision, 0);
    if (bytes + event.length > CHUNK_BYTES) break;
    events.push(event);
    bytes += event.length;
  }
  const last = entries[events.length - 1]?.revision ?? revision;
  return { bytes: Buffer.concat(events, bytes), place: { revision: last }, count: events.length };
}

/** Cuts the next piece out of an event that is sent in several. @param before revision of the entry before */
function cutEvent(event: Buffer, entry: LedgerEntry, before: number, start: number): EncodedEntries {
  const end = start + CHUNK_BYTES;
  const { revision, undoneBy } = entry;
  const isWhole = end >= event.length;
  const place = isWhole ? { revision } : { revision: before, part: { revision, bytes: end, undoneBy } };
  // A copy: a slice would keep the whole event in memory.
  return { bytes: Buffer.from(event.subarray(start, end)), place, count: 1 };
}

/** Encodes an entry with its epoch as a server-sent event. JSON has no line breaks. */
function encodeEntry(epoch: string, entry: LedgerEntry): Buffer {
  return Buffer.from(`id: ${toEventId(epoch, entry.revision)}\ndata: ${JSON.stringify({ epoch, ...entry })}\n\n`);
}
