/** Reads the ledger of a dashboard: who changed what, when and why. */
import type { LedgerEntry } from '../counters/ledger-entry.js';
import { buildResourceUrl } from './urls.js';
import { requestJson, type ReadOptions } from './request.js';

/** A page of the ledger. */
export interface ChangesPage {
  readonly dashboard: string;
  readonly epoch: string;
  readonly entries: readonly LedgerEntry[];
  /**
   * Where to go on: `after` of the next page, or `before` with the newest entry first. Absent on the last page. A page
   * of a search may be empty and have it: a request examines at most 10,000 entries.
   */
  readonly next?: number;
}

export interface ReadChangesOptions extends ReadOptions {
  /** Default: `main`. */
  readonly dashboard?: string;
  /** Which entry comes first. Default: `oldest`. */
  readonly order?: 'oldest' | 'newest';
  /** Entries after this revision. */
  readonly after?: number;
  /** Entries before this revision. */
  readonly before?: number;
  /** Most entries of the page, 1 to 1,000. Default: 100. */
  readonly limit?: number;
  /** Entries with a change of one of these counters. Default, and if empty: all. */
  readonly counters?: readonly string[];
  /** Entries of this actor. */
  readonly who?: string;
}

/**
 * Returns a page of the ledger. Does not retry.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError if the server refuses the request, UnavailableError if it cannot serve it, or the reason of
 *   `signal`
 */
export function readChanges(url: string | URL, options: ReadChangesOptions = {}): Promise<ChangesPage> {
  const { dashboard = 'main', order, after, before, limit, counters: counter, who } = options;
  const address = buildResourceUrl(url, dashboard, 'changes', { order, after, before, limit, counter, who });
  return requestJson<ChangesPage>(address, options);
}
