/**
 * The reasons of changes, from the newest part of the ledger. Reads a bounded number of pages back, and what is new at
 * most once a minute.
 */
import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { requestJson } from '../../src/client/request.js';
import { buildResourceUrl } from '../../src/client/urls.js';
import type { BoardData } from '../data/board-data.js';
import { MINUTE_MS } from '../words/times.js';

/** Why somebody changed counters. */
export interface Reason {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly reason: string;
  readonly counters: readonly string[];
}

interface LedgerEntry {
  readonly revision: number;
  readonly at: number;
  readonly reason?: string;
  readonly changes: readonly { readonly counter: string }[];
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
  /** Revisions that are known, without a gap: those after `first` up to `last`. */
  #first = 0;
  #last = 0;
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
      [this.#first, this.#last, this.#pages, this.#oldestAt] = [0, 0, 0, Infinity];
    }
    if (this.#last === 0) {
      [this.#first, this.#last] = [revision, revision];
      void this.#readBack();
      return;
    }
    if (revision === this.#last || this.#timer !== undefined) return;
    const delayMs = Math.max(0, this.#refreshedAt + REFRESH_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#readNew(this.board.revision.peek());
    }, delayMs);
  }

  async #readNew(revision: number): Promise<void> {
    this.#refreshedAt = performance.now();
    const entries = await this.#read(Math.max(this.#last, revision - PAGE_SIZE));
    if (!entries) return;
    this.#last = Math.max(revision, entries.at(-1)?.revision ?? 0);
    this.#reasons.value = [...this.#reasons.peek(), ...listReasons(entries)];
  }

  async #readBack(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#first > 0 && this.#oldestAt > this.#wantedFrom && this.#pages < MAX_PAGES) {
      this.#pages += 1;
      const before = this.#first;
      const after = Math.max(0, before - PAGE_SIZE);
      const entries = await this.#read(after);
      if (!entries) break;
      const older = entries.filter(({ revision }) => revision <= before);
      this.#first = after;
      this.#oldestAt = older[0]?.at ?? this.#oldestAt;
      this.#reasons.value = [...listReasons(older), ...this.#reasons.peek()];
    }
    this.#isReading = false;
  }

  /** @returns undefined if it failed: marks are missing then, and the numbers are not affected */
  async #read(after: number): Promise<readonly LedgerEntry[] | undefined> {
    const { base, name, tokenOptions } = this.board;
    const address = buildResourceUrl(base, name, 'changes');
    address.searchParams.set('after', String(after));
    address.searchParams.set('limit', String(PAGE_SIZE));
    try {
      const page = await requestJson<{ readonly entries: readonly LedgerEntry[] }>(address, {
        signal: this.#controller.signal,
        ...tokenOptions,
      });
      return page.entries;
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
