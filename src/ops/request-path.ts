/** The path of a request for logs and traces, without query or host. */
import type { IncomingMessage } from 'node:http';

/** Paths that probes and scrapers request every few seconds. */
const PROBE_PATTERN = /^\/(health\/|metrics$)/;
/** Characters of a path to keep: a client can send any length. */
const MAX_PATH_LENGTH = 256;

/** Returns the truncated path of a request, or an empty string. Queries may contain secrets. */
export function getRequestPath(request: IncomingMessage): string {
  // Express strips the mount path from `url`. A request to a proxy has a whole URL, which may contain a password.
  const { originalUrl = request.url ?? '' } = request as IncomingMessage & { readonly originalUrl?: string };
  const [path = ''] = originalUrl.replace(/^\w+:\/\/[^/?#]*/, '').split(/[?#]/, 1);
  return path.startsWith('/') ? path.slice(0, MAX_PATH_LENGTH) : '';
}

/** True for paths of health checks and metrics. */
export function isProbePath(path: string): boolean {
  return PROBE_PATTERN.test(path);
}
