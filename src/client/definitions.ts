/** Changes the definition of a dashboard, deletes its parts, and books its past: what admins may do. */
import type { Outcome } from '../counters/counters.js';
import type { CounterDefinition, DashboardSettings } from '../counters/definition.js';
import type { DescribedDashboard, DescribeOptions } from './dashboards.js';
import { requestJson } from './request.js';
import { buildDashboardUrl, buildResourceUrl } from './urls.js';

/** Time for a past of 60 days, which has some 85,000 lines and 8 MB, milliseconds. */
const BOOK_TIMEOUT_MS = 120_000;

/** A definition to store. What is absent takes its default; counters that are not named stay as they are. */
export interface NewDefinition extends DashboardSettings {
  readonly counters?: Readonly<Record<string, CounterDefinition>>;
}

/**
 * Replaces the definition of a dashboard, or creates it. Never removes a counter or changes a value. Does not retry.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @param options `ifMatch`: `etag` of the definition to replace. `isNew`: true to create the dashboard only if there is
 *   none. The request is refused otherwise (412 `definition-changed`).
 * @throws RefusedError if the server refuses the request: `problem.errors` has a pointer for each fault;
 *   UnavailableError if it cannot serve it, or the reason of `signal`
 */
export function replaceDefinition(
  url: string | URL,
  {
    dashboard = 'main',
    definition,
    ifMatch,
    isNew = false,
    ...options
  }: DescribeOptions & { readonly definition: NewDefinition; readonly ifMatch?: string; readonly isNew?: boolean },
): Promise<DescribedDashboard> {
  const headers = {
    'content-type': 'application/json',
    ...toIfMatch(ifMatch),
    ...(isNew && { 'if-none-match': '*' }),
  };
  const init = { method: 'PUT', headers, body: JSON.stringify(definition) };
  return requestJson<DescribedDashboard>(buildDashboardUrl(url, dashboard), options, init);
}

/**
 * Changes the definition of a dashboard by a JSON Merge Patch (RFC 7396): what is absent stays, and `null` takes a
 * member or a measure away. `target`, `thresholds`, `layout` and each measure are replaced whole. Does not retry.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @param options `ifMatch`: `etag` of the definition to change. Another one is refused (412 `definition-changed`).
 * @throws RefusedError, UnavailableError, or the reason of `signal`, as {@link replaceDefinition}
 */
export function updateDefinition(
  url: string | URL,
  {
    dashboard = 'main',
    patch,
    ifMatch,
    ...options
  }: DescribeOptions & { readonly patch: object; readonly ifMatch?: string },
): Promise<DescribedDashboard> {
  const headers = { 'content-type': 'application/merge-patch+json', ...toIfMatch(ifMatch) };
  const init = { method: 'PATCH', headers, body: JSON.stringify(patch) };
  return requestJson<DescribedDashboard>(buildDashboardUrl(url, dashboard), options, init);
}

/**
 * Deletes a counter with its history. A counter that a measure needs is refused (409 `needed-by-measure`). Does not
 * retry.
 * @throws RefusedError, UnavailableError, or the reason of `signal`, as {@link replaceDefinition}
 */
export function deleteCounter(
  url: string | URL,
  { dashboard = 'main', counter, ...options }: DescribeOptions & { readonly counter: string },
): Promise<void> {
  const address = buildResourceUrl(url, dashboard, 'counters');
  address.pathname += `/${encodeURIComponent(counter)}`;
  return requestJson<void>(address, options, { method: 'DELETE' });
}

/**
 * Deletes a dashboard with its counters, history and ledger. Its viewers are closed. Does not retry.
 * @throws RefusedError, UnavailableError, or the reason of `signal`, as {@link replaceDefinition}
 */
export function deleteDashboard(
  url: string | URL,
  { dashboard, ...options }: DescribeOptions & { readonly dashboard: string },
): Promise<void> {
  return requestJson<void>(buildDashboardUrl(url, dashboard), options, { method: 'DELETE' });
}

/** A moment of a past: what came and went since the moment before, and the level of gauges at this one. */
export interface HistoryLine {
  /** Milliseconds since the Unix epoch, whole seconds, rising from line to line and not in the future. */
  readonly at: number;
  /** In the smallest unit; absent amounts are 0. */
  readonly counters: Readonly<
    Record<string, { readonly added?: number; readonly removed?: number } | { readonly value: number }>
  >;
}

/**
 * Books the past of a dashboard that has counted nothing yet: all lines or none. Does not retry.
 * @throws RefusedError with the code `has-history` if the dashboard has counted already; otherwise RefusedError,
 *   UnavailableError, or the reason of `signal`, as {@link replaceDefinition}
 */
export function bookHistory(
  url: string | URL,
  { dashboard = 'main', lines, ...options }: DescribeOptions & { readonly lines: readonly HistoryLine[] },
): Promise<Outcome & { readonly lines: number }> {
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const init = { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body };
  return requestJson(buildResourceUrl(url, dashboard, 'history'), options, init, BOOK_TIMEOUT_MS);
}

function toIfMatch(etag: string | undefined): Record<string, string> {
  return etag === undefined ? {} : { 'if-match': etag };
}
