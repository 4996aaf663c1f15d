/** Reads which dashboards there are, and how one of them is declared. */
import type { CounterDefinition } from '../counters/counters.js';
import { buildResourceUrl, buildServiceUrl } from './urls.js';
import { requestJson, type ReadOptions } from './request.js';

/** Most entries of a page of the list. */
const LIST_PAGE_SIZE = 1_000;

/** A dashboard in the list of all. */
export interface DashboardEntry {
  readonly name: string;
  /** For people; absent when it has none. */
  readonly title?: string;
  /** Change sets applied so far. */
  readonly revision: number;
  readonly counterCount: number;
}

/** A counter: how it is declared, and its value. */
export interface DescribedCounter extends CounterDefinition {
  readonly value: number;
}

/** A dashboard: how it and its counters are declared, and where it stands. */
export interface DescribedDashboard {
  readonly dashboard: string;
  /** For people; absent when it has none. */
  readonly title?: string;
  readonly epoch: string;
  readonly revision: number;
  /** Milliseconds since the Unix epoch of the last change set. */
  readonly at: number;
  /** In the order in which they were declared. */
  readonly counters: Readonly<Record<string, DescribedCounter>>;
}

export interface DescribeOptions extends ReadOptions {
  /** `main` when left out. */
  readonly dashboard?: string;
}

/**
 * All dashboards, in the order of their names. Each page is asked for once.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError, UnavailableError, or the reason of `signal`
 */
export async function listDashboards(url: string | URL, options: ReadOptions = {}): Promise<readonly DashboardEntry[]> {
  const all: DashboardEntry[] = [];
  let after: string | undefined;
  do {
    const address = buildServiceUrl(url, 'dashboards');
    address.search = `limit=${LIST_PAGE_SIZE}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`;
    const { dashboards, next } = await requestJson<{ dashboards: readonly DashboardEntry[]; next?: string }>(
      address,
      options,
    );
    all.push(...dashboards);
    after = next;
  } while (after !== undefined);
  return all;
}

/**
 * How a dashboard and its counters are declared, and their values now. Asked for once.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError, UnavailableError, or the reason of `signal`
 */
export function describeDashboard(
  url: string | URL,
  { dashboard = 'main', ...options }: DescribeOptions = {},
): Promise<DescribedDashboard> {
  return requestJson<DescribedDashboard>(buildResourceUrl(url, dashboard, 'counters'), options);
}
