/** What is told of a request outside of its answer: its path, and never more of its address. */
import type { IncomingMessage } from 'node:http';

/** Asked every few seconds by machines. */
const PROBE_PATTERN = /^\/(health\/|metrics$)/;
/** A path is as long as a client likes. */
const MAX_PATH_LENGTH = 256;

/** The path of a request, cut off where it is long; empty when it has none. Queries may hold secrets. */
export function getRequestPath(request: IncomingMessage): string {
  // Express cuts off `url` what a router is mounted at; a request to a proxy has a whole address, even with a password.
  const { originalUrl = request.url ?? '' } = request as IncomingMessage & { readonly originalUrl?: string };
  const [path = ''] = originalUrl.replace(/^\w+:\/\/[^/?#]*/, '').split(/[?#]/, 1);
  return path.startsWith('/') ? path.slice(0, MAX_PATH_LENGTH) : '';
}

/** Whether it is one that only asks how the service is. */
export function isProbePath(path: string): boolean {
  return PROBE_PATTERN.test(path);
}
