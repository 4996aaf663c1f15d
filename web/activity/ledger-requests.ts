/** Reads the ledger of a dashboard, newest first, and undoes its entries. */
import type { ReadOptions } from '../../src/client/client.js';
import { requestJson } from '../../src/client/request.js';
import { buildResourceUrl } from '../../src/client/urls.js';

/** A change of one counter as it was booked. */
export type BookedChange =
  | { readonly counter: string; readonly by: number }
  | { readonly counter: string; readonly to: number; readonly moved?: number | string };

/** An applied change set. `at` is in milliseconds since the Unix epoch. */
export interface LedgerEntry {
  readonly revision: number;
  readonly at: number;
  readonly changes: readonly BookedChange[];
  readonly key?: string;
  readonly reason?: string;
  readonly who?: string;
  /** Revision that this entry takes back. */
  readonly undoes?: number;
  /** Revision that took back this entry. */
  readonly undoneBy?: number;
}

export interface LedgerPage {
  readonly epoch: string;
  readonly entries: readonly LedgerEntry[];
  /** Revision that the next page ends before; absent on the last page. */
  readonly next?: number;
}

export interface LedgerOptions extends ReadOptions {
  readonly dashboard: string;
  readonly after?: number;
  readonly before?: number;
  readonly limit?: number;
  readonly counters?: readonly string[];
  readonly who?: string;
}

export function readLedger(base: URL, options: LedgerOptions): Promise<LedgerPage> {
  const { dashboard, counters = [], after, before, limit, who } = options;
  const address = buildResourceUrl(base, dashboard, 'changes');
  address.searchParams.set('order', 'newest');
  if (counters.length > 0) address.searchParams.set('counter', counters.join());
  for (const [name, value] of Object.entries({ after, before, limit, who }))
    if (value !== undefined) address.searchParams.set(name, String(value));
  return requestJson<LedgerPage>(address, options);
}

export async function undo(
  base: URL,
  revision: number,
  options: { readonly dashboard: string } & ReadOptions,
): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ undoes: revision });
  await requestJson(buildResourceUrl(base, options.dashboard, 'changes'), options, { method: 'POST', headers, body });
}
