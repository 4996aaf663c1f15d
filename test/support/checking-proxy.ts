/**
 * Sends requests through the checking proxy at TEST_PROXY, if that is set (`scripts/prism-relay.mjs`): Prism compares
 * each request and its response with the OpenAPI document.
 *
 * Only ordinary requests of `fetch` go there. The others go straight to the service, because Prism cannot read them:
 * - `POST /changes` and other NDJSON, and every body that is a stream or bytes: Prism reads a body as one value;
 * - event streams and WebSockets: they have no end;
 * - `HEAD` and `OPTIONS`: the document has them as parts of `GET` and of CORS;
 * - `/docs/`, which answers like `/docs` and is not in the document, since linters refuse a slash at the end of a path;
 * - requests written to sockets by hand, and those of other processes.
 */
import { isServicePort, stripBasePath } from './base-path.js';

const proxyUrl = process.env['TEST_PROXY'];
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const DIRECT_PATHS = new Set(['/changes', '/docs/']);
const UNREADABLE_TYPES = /text\/event-stream|ndjson/;

/** Returns the arguments of a `fetch` that goes through the proxy, or the same ones. */
export function routeThroughProxy(...[input, init = {}]: Parameters<typeof fetch>): Parameters<typeof fetch> {
  if (!proxyUrl || input instanceof Request || !METHODS.has(init.method ?? 'GET')) return [input, init];
  if (init.body !== undefined && typeof init.body !== 'string') return [input, init];
  const headers = new Headers(init.headers);
  if (UNREADABLE_TYPES.test(`${headers.get('accept')} ${headers.get('content-type')}`)) return [input, init];
  const { origin, pathname, search, port } = new URL(input);
  const path = stripBasePath(Number(port), pathname);
  if (!isServicePort(Number(port)) || !path || DIRECT_PATHS.has(path)) return [input, init];
  headers.set('Prism-Upstream', origin + pathname.slice(0, pathname.length - path.length));
  return [`${proxyUrl}${path}${search}`, { ...init, headers }];
}

/** Returns the violations that the proxy found in a request or its response, if there are any. */
export function readViolations({ headers }: Response): string | undefined {
  const violations = headers.get('sl-violations');
  return violations === null ? undefined : violations.replaceAll(/%[\dA-F]{2}/g, decodeURIComponent);
}
