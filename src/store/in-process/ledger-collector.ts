/** Collects the matches of a ledger search from chunks of the ledger until a bound is reached. */
import { type LedgerMatches, type LedgerSearch, MAX_EXAMINED_BYTES, MAX_EXAMINED_ENTRIES } from '../ledger-search.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import { LEDGER_PAGE_BYTES } from './decide.js';

/** Where the next chunk of a search lies: revisions between the two, neither included. */
export interface LedgerRange {
  readonly after: number;
  readonly before: number;
}

export class LedgerCollector {
  readonly #matches: LedgerEntry[] = [];
  #matchedBytes = 0;
  #examined = 0;
  #examinedBytes = 0;
  /** Revision of the last entry that was examined. */
  #last: number | undefined;

  constructor(private readonly search: LedgerSearch) {}

  get matches(): readonly LedgerEntry[] {
    return this.#matches;
  }

  /** The part of the ledger that was not examined yet. */
  get range(): LedgerRange {
    const { after, before = Number.MAX_SAFE_INTEGER, newestFirst = false } = this.search;
    if (this.#last === undefined) return { after, before };
    return newestFirst ? { after, before: this.#last } : { after: this.#last, before };
  }

  /**
   * Entries that the search may still examine, and one more, which tells whether there are more. Without filters no
   * more than the page has room for.
   */
  get needed(): number {
    const { limit, counters, who } = this.search;
    const hasFilter = counters !== undefined || who !== undefined;
    return (hasFilter ? MAX_EXAMINED_ENTRIES - this.#examined : limit - this.#matches.length) + 1;
  }

  /**
   * Examines the next entry.
   * @param bytes size of its changes as JSON
   * @returns false if a bound was reached before it: the search has ended, and goes on with it another time
   */
  add(entry: LedgerEntry, bytes: number): boolean {
    if (this.#isFull) return false;
    this.#last = entry.revision;
    this.#examined += 1;
    this.#examinedBytes += bytes;
    if (!this.#isMatch(entry)) return true;
    this.#matches.push(entry);
    this.#matchedBytes += bytes;
    return true;
  }

  /**
   * @param isComplete true if there are no further entries
   * @param undos revisions that undid matches, by the revision that each undid
   */
  finish(isComplete: boolean, undos: ReadonlyMap<number, number>): LedgerMatches {
    const entries = this.#matches.map((entry) => {
      const undoneBy = undos.get(entry.revision);
      return undoneBy === undefined ? entry : { ...entry, undoneBy };
    });
    return { entries, ...(!isComplete && this.#last !== undefined && { next: this.#last }) };
  }

  get #isFull(): boolean {
    return (
      this.#matches.length >= this.search.limit ||
      this.#matchedBytes >= LEDGER_PAGE_BYTES ||
      this.#examined >= MAX_EXAMINED_ENTRIES ||
      this.#examinedBytes >= MAX_EXAMINED_BYTES
    );
  }

  #isMatch({ changes, who }: LedgerEntry): boolean {
    const { counters } = this.search;
    if (this.search.who !== undefined && who !== this.search.who) return false;
    return counters === undefined || changes.some(({ counter }) => counters.has(counter));
  }
}
