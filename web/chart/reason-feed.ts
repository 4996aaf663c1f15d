/**
 * The reasons of changes, from the newest part of the ledger. Reads a bounded number of pages back, and what is new at
 * most once a minute.
 */
import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { type ChangesPage, type LedgerEntry, readChanges } from '../../src/client/client.js';
import type { BoardData } from '../data/board-data.js';
import { MINUTE_MS } from '../words/times.js';

/** Why somebody changed counters. */
export interface Reason {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly reason: string;
  readonly counters: readonly string[];
}

/** Entries of a page, and most pages that are read back for one chart. */
const [PAGE_SIZE, MAX_PAGES] = [1_000, 3];
/** Least time between two reads of what is new. */
const REFRESH_MS = MINUTE_MS;
/** Reason of the entry that books the past of a new dashboard, which nobody wrote. */
const BOOKED = { revision: 1, reason: 'history' } as const;

export class ReasonFeed {
  readonly #reasons = signal<readonly Reason[]>([]);
  readonly #controller = new AbortController();
  readonly #stop: () => void;
  /** Newest revision that is known; 0 before the first one. */
  #last = 0;
  /** Revision that the next older page ends before; undefined if there is none. */
  #next: number | undefined;
  /** Time of the oldest entry that is known. */
  #oldestAt = Infinity;
  #pages = 0;
  #wantedFrom = Infinity;
  #isReading = false;
  #refreshedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly board: BoardData) {
    this.#stop = effect(() => {
      const revision = board.revision.value;
      untracked(() => this.#onRevision(revision));
    });
  }

  get reasons(): ReadonlySignal<readonly Reason[]> {
    return this.#reasons;
  }

  /** Reads back to a time, as far as the bound allows. */
  reachBack(from: number): void {
    this.#wantedFrom = Math.min(this.#wantedFrom, from);
    void this.#readBack();
  }

  close(): void {
    this.#stop();
    this.#controller.abort();
    clearTimeout(this.#timer);
  }

  #onRevision(revision: number): void {
    if (revision < this.#last) {
      this.#reasons.value = [];
      [this.#last, this.#pages, this.#oldestAt] = [0, 0, Infinity];
    }
    if (revision === this.#last) return;
    if (this.#last === 0) {
      this.#last = revision;
      this.#next = revision + 1;
      void this.#readBack();
      return;
    }
    const delayMs = Math.max(0, this.#refreshedAt + REFRESH_MS - performance.now());
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#readNew();
    }, delayMs);
  }

  /** Reads what is new; of more than a page only the newest. */
  async #readNew(): Promise<void> {
    this.#refreshedAt = performance.now();
    const page = await this.#read({ after: this.#last });
    if (!page) return;
    this.#last = Math.max(this.#last, page.entries[0]?.revision ?? 0);
    this.#reasons.value = [...this.#reasons.peek(), ...listReasons(page.entries)];
  }

  async #readBack(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#next !== undefined && this.#oldestAt > this.#wantedFrom && this.#pages < MAX_PAGES) {
      this.#pages += 1;
      const page = await this.#read({ before: this.#next });
      if (!page) break;
      this.#next = page.next;
      this.#oldestAt = page.entries.at(-1)?.at ?? this.#oldestAt;
      this.#reasons.value = [...listReasons(page.entries), ...this.#reasons.peek()];
    }
    this.#isReading = false;
  }

  /** @returns undefined if it failed: marks are missing then, and the numbers are not affected */
  async #read(range: { readonly after?: number; readonly before?: number }): Promise<ChangesPage | undefined> {
    const { base, name: dashboard, tokenOptions } = this.board;
    const { signal: abort } = this.#controller;
    try {
      return await readChanges(base, {
        dashboard,
        order: 'newest',
        ...range,
        limit: PAGE_SIZE,
        signal: abort,
        ...tokenOptions,
      });
    } catch {
      return undefined;
    }
  }
}

function listReasons(entries: readonly LedgerEntry[]): Reason[] {
  return entries.flatMap(({ at, reason, changes, revision }) =>
    reason === undefined || reason === '' || (revision === BOOKED.revision && reason === BOOKED.reason)
      ? []
      : [{ at, reason, counters: changes.map(({ counter }) => counter) }],
  );
}
