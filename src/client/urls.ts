/** Where things are: the addresses under the base URL of a service, which may have a path of its own. */

/** What of a dashboard is wanted. */
interface DashboardQuery {
  /** Names of counters; all of them when left out or empty. */
  readonly counters?: readonly string[] | undefined;
  /** Whether all that was ever added to them is wanted too. */
  readonly totals?: boolean | undefined;
}

/** The address of all dashboards, or that at which tickets are given. */
export function buildServiceUrl(base: string | URL, resource: 'dashboards' | 'tickets'): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${resource}`;
  url.search = url.hash = '';
  return url;
}

/** The address of a dashboard over HTTP, at which it is watched too. */
export function buildDashboardUrl(
  base: string | URL,
  dashboard: string,
  { counters = [], totals }: DashboardQuery = {},
): URL {
  const url = buildServiceUrl(base, 'dashboards');
  url.pathname += `/${encodeURIComponent(dashboard)}`;
  const filter = counters.length > 0 ? [`counters=${counters.map(encodeURIComponent).join(',')}`] : [];
  url.search = [...filter, ...(totals ? ['totals'] : [])].join('&');
  return url;
}

/** The address of something that belongs to a dashboard: of its changes, its counters or its history. */
export function buildResourceUrl(
  base: string | URL,
  dashboard: string,
  resource: 'changes' | 'counters' | 'history',
  query?: DashboardQuery,
): URL {
  const url = buildDashboardUrl(base, dashboard, query);
  url.pathname += `/${resource}`;
  return url;
}

/** The same address over WebSocket: `ws` for `http`, `wss` for `https`. @param ticket what lets the viewer in, where something has to */
export function toWebSocketUrl({ href, search }: URL, ticket?: string): string {
  return href.replace(/^http/, 'ws') + (ticket ? `${search ? '&' : '?'}ticket=${encodeURIComponent(ticket)}` : '');
}
