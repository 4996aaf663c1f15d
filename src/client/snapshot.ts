/** Reads the state of a dashboard, of now or of a moment of the past. */
import type { PastSnapshot, Snapshot } from '../counters/counters.js';
import type { Period } from '../counters/definition.js';
import { buildDashboardUrl } from './urls.js';
import { requestJson, type ReadOptions } from './request.js';

export interface SnapshotOptions extends ReadOptions {
  /** Default: `main`. */
  readonly dashboard?: string;
  /** Names of counters and measures. Default, and if empty: all. */
  readonly counters?: readonly string[];
  /** True to receive everything that was ever added to each counter too. */
  readonly totals?: boolean;
  /** Periods whose numbers to receive too: those that the moment lies in, up to it. */
  readonly periods?: readonly Period[];
}

export interface PastSnapshotOptions extends SnapshotOptions {
  /** Moment of the past: milliseconds since the Unix epoch, or a date. */
  readonly at: number | Date;
}

/**
 * Returns the state of a dashboard: the present one, or with `at` that after the last change at or before the moment.
 * Does not retry.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError if the server refuses the request, with the code `too-far-back` before the past begins and
 *   `invalid-request` for a moment in the future; UnavailableError if it cannot serve it, or the reason of `signal`
 */
export function readSnapshot(url: string | URL, options: PastSnapshotOptions): Promise<PastSnapshot>;
export function readSnapshot(url: string | URL, options?: SnapshotOptions): Promise<Snapshot>;
export function readSnapshot(
  url: string | URL,
  options: SnapshotOptions & Partial<PastSnapshotOptions> = {},
): Promise<Snapshot | PastSnapshot> {
  const { dashboard = 'main', counters, totals, periods, at } = options;
  const address = buildDashboardUrl(url, dashboard, { counters, totals, periods });
  if (at !== undefined) address.searchParams.set('at', String(Number(at)));
  return requestJson<Snapshot | PastSnapshot>(address, options);
}
