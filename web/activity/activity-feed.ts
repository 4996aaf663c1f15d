/** The newest entries of a ledger, kept up to date while somebody looks: at most one read in two seconds. */
import { batch, signal } from '@preact/signals';
import { type LedgerEntry, type ChangesPage, readChanges, RefusedError } from '../../src/client/client.js';
import type { BoardData } from '../data/board-data.js';

/** Shortest time between the starts of two reads of what is new, milliseconds. */
const REFRESH_MS = 2_000;
/** Time after a failed read, milliseconds. */
const RETRY_MS = 5_000;
const [FIRST_PAGE_SIZE, PAGE_SIZE] = [200, 500];
/** Entries to keep at most: the oldest are read again when they are looked at. */
const MAX_KEPT_ENTRIES = 5_000;

export interface ActivityFilter {
  /** All if empty. */
  readonly counters: readonly string[];
  /** Everyone if undefined. */
  readonly who: string | undefined;
  /** Revision of the newest entry to show; undefined for all. */
  readonly until?: number | undefined;
}

export class ActivityFeed {
  /** Newest first. */
  readonly entries = signal<readonly LedgerEntry[]>([]);
  readonly state = signal<'loading' | 'ready' | 'failed'>('loading');
  readonly hasMore = signal(false);
  /** Revision that the next older page ends before. */
  #next: number | undefined;
  #epoch: string | undefined;
  /** Revision up to which all matches are loaded. */
  #seen = 0;
  #isReading = false;
  #isStale = true;
  #lastReadAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #controller = new AbortController();

  constructor(
    private readonly data: Pick<BoardData, 'base' | 'name' | 'tokenOptions' | 'revision'>,
    private readonly filter: ActivityFilter,
  ) {
    document.addEventListener('visibilitychange', this.#onVisible);
  }

  /** Reads what is new: now, or when the time has come. Does nothing while the page is hidden. */
  refresh(): void {
    this.#isStale = true;
    if (this.#timer !== undefined || this.#isReading || document.hidden) return;
    const waitMs = Math.max(0, this.#lastReadAt + REFRESH_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#readNew();
    }, waitMs);
  }

  /** Reads older entries. A page can be empty: the service examines a part of the ledger for each. */
  async loadMore(): Promise<void> {
    for (let before = this.#next; before !== undefined && !this.#isReading; before = this.#next) {
      const page = await this.#read({ before, limit: PAGE_SIZE });
      if (!page || page.epoch !== this.#epoch) return;
      this.#show([...this.entries.peek(), ...page.entries], page.next);
      if (page.entries.length > 0) return;
    }
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.#onVisible);
    clearTimeout(this.#timer);
    this.#controller.abort();
  }

  readonly #onVisible = (): void => {
    if (!document.hidden && this.#isStale) this.refresh();
  };

  async #readNew(): Promise<void> {
    this.#isStale = false;
    this.#lastReadAt = performance.now();
    const isFirst = this.#epoch === undefined;
    const revision = this.data.revision.peek();
    // An undo by somebody else than the chosen person is told only by a new read of the entry.
    const after = isFirst || this.filter.who !== undefined ? undefined : this.#seen;
    const page = await this.#read({
      ...(after !== undefined && { after }),
      limit: isFirst ? FIRST_PAGE_SIZE : PAGE_SIZE,
    });
    if (page) {
      const known = this.entries.peek();
      const isConnected = page.next === undefined || getOldest(page.entries) <= (known[0]?.revision ?? 0);
      const isContinued = !isFirst && page.epoch === this.#epoch && isConnected;
      this.#epoch = page.epoch;
      this.#seen = Math.max(this.#seen, revision, page.entries[0]?.revision ?? 0);
      if (isContinued) this.#show(mergePage(known, page.entries), this.#next);
      else this.#show(page.entries, page.next);
      if (this.entries.peek().length === 0) await this.loadMore();
    }
    if (this.#isStale || !page) this.#refreshLater(page ? 0 : RETRY_MS);
  }

  #refreshLater(ms: number): void {
    if (this.#controller.signal.aborted || this.state.peek() === 'failed') return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.refresh();
    }, ms);
  }

  #show(entries: readonly LedgerEntry[], next: number | undefined): void {
    const kept = entries.slice(0, MAX_KEPT_ENTRIES);
    this.#next = kept.length < entries.length ? kept.at(-1)?.revision : next;
    batch(() => {
      this.entries.value = kept;
      this.hasMore.value = this.#next !== undefined;
      this.state.value = 'ready';
    });
  }

  /** @returns undefined if it failed; refused reads are not repeated */
  async #read(range: { after?: number; before?: number; limit: number }): Promise<ChangesPage | undefined> {
    const { base, name, tokenOptions } = this.data;
    const { counters, who, until } = this.filter;
    const { signal: abort } = this.#controller;
    this.#isReading = true;
    try {
      const filter = { counters, ...(who !== undefined && { who }) };
      const limits = until === undefined ? {} : { before: until + 1 };
      const page = await readChanges(base, {
        dashboard: name,
        order: 'newest',
        ...limits,
        ...range,
        ...filter,
        signal: abort,
        ...tokenOptions,
      });
      return until === undefined
        ? page
        : { ...page, entries: page.entries.map((entry) => hideLaterUndo(entry, until)) };
    } catch (error) {
      if (!abort.aborted && error instanceof RefusedError) this.state.value = 'failed';
      return undefined;
    } finally {
      this.#isReading = false;
    }
  }
}

/**
 * Returns known entries with those of a newer page, newest first. Entries that new ones undo are marked.
 * @param newer newest first; no match is missing from the oldest of them on
 */
export function mergePage(known: readonly LedgerEntry[], newer: readonly LedgerEntry[]): LedgerEntry[] {
  const oldest = getOldest(newer);
  const undoneBy = new Map(newer.flatMap(({ undoes, revision }) => (undoes === undefined ? [] : [[undoes, revision]])));
  const older = known.filter(({ revision }) => revision < oldest);
  return [...newer, ...older].map((entry) => {
    const undo = undoneBy.get(entry.revision);
    return undo === undefined || entry.undoneBy !== undefined ? entry : { ...entry, undoneBy: undo };
  });
}

/** Shows an entry of a past board as not undone if it was undone after the moment. */
function hideLaterUndo({ undoneBy, ...entry }: LedgerEntry, until: number): LedgerEntry {
  return undoneBy === undefined || undoneBy > until ? entry : { ...entry, undoneBy };
}

function getOldest(entries: readonly LedgerEntry[]): number {
  return entries.at(-1)?.revision ?? Infinity;
}
