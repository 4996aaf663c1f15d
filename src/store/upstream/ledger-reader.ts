/** Reads the ledger from the upstream, in the name of the relay: for its streams, whose readers the relay admits. */
import { type ChangesPage, readChanges, type ReadChangesOptions } from '../../client/ledger.js';
import type { LedgerMatches, LedgerSearch } from '../ledger-search.js';
import type { PastBounds } from '../past-bounds.js';
import { toReadError, type Upstream } from './upstream.js';

/** Most entries of a page of the upstream. */
const MAX_PAGE_SIZE = 1_000;

export class LedgerReader {
  constructor(private readonly upstream: Upstream) {}

  /** As `CounterStore.searchLedger`, in pages of at most 1,000 entries. */
  async search(dashboard: string, search: LedgerSearch): Promise<LedgerMatches> {
    const { after, before, limit, newestFirst, counters, who } = search;
    // A query without names is one for all of them.
    if (counters?.size === 0) return { entries: [] };
    const { entries, next } = await this.#read({
      dashboard,
      after,
      limit: Math.min(limit, MAX_PAGE_SIZE),
      ...(before !== undefined && { before }),
      ...(newestFirst === true && { order: 'newest' }),
      ...(counters && { counters: [...counters] }),
      ...(who !== undefined && { who }),
    });
    return { entries, ...(next !== undefined && { next }) };
  }

  /** Reads where the ledger begins. */
  async readBounds(dashboard: string): Promise<PastBounds> {
    const { epoch, entries } = await this.#read({ dashboard, limit: 1 });
    return { epoch, oldestEntry: entries[0], positions: [], firstRows: new Map() };
  }

  /** @throws TallyError `unknown-dashboard`, `overloaded`, `store-unavailable` */
  async #read(options: ReadChangesOptions): Promise<ChangesPage> {
    try {
      return await readChanges(this.upstream.url, { ...this.upstream.readOptions, ...options });
    } catch (error) {
      throw toReadError(error);
    }
  }
}
