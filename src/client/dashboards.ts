/** Reads the list of dashboards, and the definition and the counters of a dashboard. */
import type { CounterDefinition, DashboardSettings, Reckoning } from '../counters/definition.js';
import { buildResourceUrl, buildServiceUrl } from './urls.js';
import { readJson, requestJson, type ReadOptions } from './request.js';

/** Entries per page of the list: the most that the service returns. */
const LIST_PAGE_SIZE = 1_000;

export interface DashboardEntry {
  readonly name: string;
  /** Title for people; absent if none was set. */
  readonly title?: string;
  /** Change sets applied so far. */
  readonly revision: number;
  readonly counterCount: number;
}

/** A counter's definition and its value. */
export interface DescribedCounter extends CounterDefinition {
  readonly value: number;
}

/** The definition of a dashboard and its counters, with their values. */
export interface DescribedDashboard extends DashboardSettings {
  readonly dashboard: string;
  /** Number of the definition: one more for each change of it. */
  readonly version: number;
  readonly epoch: string;
  readonly revision: number;
  /** Time of the last change set, milliseconds since the Unix epoch. */
  readonly at: number;
  /** Keyed by name, in the order in which the counters were defined. */
  readonly counters: Readonly<Record<string, DescribedCounter>>;
}

/** The definition of a dashboard. What was not given is absent. */
export interface DashboardDefinition extends DashboardSettings {
  readonly dashboard: string;
  /** Number of the definition: one more for each change of it. */
  readonly version: number;
  /** Keyed by name, in the order in which the counters were defined. */
  readonly counters: Readonly<Record<string, CounterDefinition>>;
  /** Time zone, day start and week start, defaults included. */
  readonly resolved: Reckoning;
  /** ETag of the response, for requests that change this very version; absent if a proxy has removed it. */
  readonly etag?: string;
}

export interface DescribeOptions extends ReadOptions {
  /** Default: `main`. */
  readonly dashboard?: string;
}

/**
 * Returns all dashboards, ordered by name. Requests one page after another, without retries.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError if the server refuses the request, UnavailableError if it cannot serve it, or the reason of
 *   `signal`
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
 * Returns the definition of a dashboard and the current values of its counters. Does not retry.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError if the server refuses the request, UnavailableError if it cannot serve it, or the reason of
 *   `signal`
 */
export function describeDashboard(
  url: string | URL,
  { dashboard = 'main', ...options }: DescribeOptions = {},
): Promise<DescribedDashboard> {
  return requestJson<DescribedDashboard>(buildResourceUrl(url, dashboard, 'counters'), options);
}

/**
 * Returns the definition of a dashboard: how to read its counters and measures. Does not retry.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError if the server refuses the request, UnavailableError if it cannot serve it, or the reason of
 *   `signal`
 */
export function readDefinition(
  url: string | URL,
  { dashboard = 'main', ...options }: DescribeOptions = {},
): Promise<DashboardDefinition> {
  const address = buildResourceUrl(url, dashboard, 'definition');
  return requestJson(address, options, {}, undefined, async (response) => {
    const etag = response.headers.get('etag');
    return { ...(await readJson<DashboardDefinition>(response)), ...(etag !== null && { etag }) };
  });
}

/** `read`: look. `write`: and change counters. `admin`: and define and delete. */
export type Right = 'read' | 'write' | 'admin';

export interface Access {
  readonly dashboard: string;
  /** The greatest right; each one includes those before. */
  readonly right: Right;
  /** Name that the ledger records. Absent: anonymous. */
  readonly who?: string;
}

/**
 * Returns what the sender may do on a dashboard. Does not retry.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError if the server refuses the request, UnavailableError if it cannot serve it, or the reason of
 *   `signal`
 */
export function readAccess(
  url: string | URL,
  { dashboard = 'main', ...options }: DescribeOptions = {},
): Promise<Access> {
  return requestJson<Access>(buildResourceUrl(url, dashboard, 'access'), options);
}
