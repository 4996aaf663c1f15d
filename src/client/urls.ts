/** Builds the URLs of a service from its base URL, which may have a path. */
import type { Period } from '../counters/definition.js';

interface DashboardQuery {
  /** Names of counters. Default, and if empty: all. */
  readonly counters?: readonly string[] | undefined;
  /** True to receive the all-time totals too. */
  readonly totals?: boolean | undefined;
  /** Present periods whose numbers to receive too. */
  readonly periods?: readonly Period[] | undefined;
}

export function buildServiceUrl(base: string | URL, resource: 'dashboards' | 'tickets'): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${resource}`;
  url.search = url.hash = '';
  return url;
}

/** Builds the URL of a dashboard, which serves snapshots, event streams and WebSockets. */
export function buildDashboardUrl(
  base: string | URL,
  dashboard: string,
  { counters = [], totals, periods = [] }: DashboardQuery = {},
): URL {
  const url = buildServiceUrl(base, 'dashboards');
  url.pathname += `/${encodeURIComponent(dashboard)}`;
  const filter = counters.length > 0 ? [`counters=${counters.map(encodeURIComponent).join(',')}`] : [];
  const present = periods.length > 0 ? [`periods=${periods.join(',')}`] : [];
  url.search = [...filter, ...(totals ? ['totals'] : []), ...present].join('&');
  return url;
}

/**
 * Builds the URL of something that belongs to a dashboard.
 * @param parameters of the query. Those without a value are left out, and empty lists. Dates become milliseconds since
 *   the Unix epoch, lists are separated by commas.
 */
export function buildResourceUrl(
  base: string | URL,
  dashboard: string,
  resource: 'access' | 'changes' | 'counters' | 'definition' | 'history' | 'periods' | 'rules',
  parameters: Readonly<Record<string, string | number | Date | readonly string[] | undefined>> = {},
): URL {
  const url = buildDashboardUrl(base, dashboard);
  url.pathname += `/${resource}`;
  for (const [name, value] of Object.entries(parameters)) {
    const text = String(value instanceof Date ? Number(value) : (value ?? ''));
    if (text !== '') url.searchParams.set(name, text);
  }
  return url;
}

/** Converts an HTTP URL to `ws` or `wss`, and adds a ticket if there is one. */
export function toWebSocketUrl({ href, search }: URL, ticket?: string): string {
  return href.replace(/^http/, 'ws') + (ticket ? `${search ? '&' : '?'}ticket=${encodeURIComponent(ticket)}` : '');
}
