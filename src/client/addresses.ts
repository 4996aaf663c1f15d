/** Where things are: the addresses of a dashboard under the base URL of a service, which may have a path of its own. */

/** The address of a dashboard over HTTP, at which it is watched too. */
export function dashboardUrl(base: string | URL, dashboard: string, counters: readonly string[] = []): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/dashboards/${encodeURIComponent(dashboard)}`;
  url.search = counters.length > 0 ? `?counters=${counters.map(encodeURIComponent).join(',')}` : '';
  url.hash = '';
  return url;
}

/** The address at which change sets of a dashboard are taken. */
export function changesUrl(base: string | URL, dashboard: string): URL {
  const url = dashboardUrl(base, dashboard);
  url.pathname += '/changes';
  return url;
}

/** The same address over WebSocket: `ws` for `http`, `wss` for `https`. */
export function socketUrl({ href }: URL): string {
  return href.replace(/^http/, 'ws');
}
