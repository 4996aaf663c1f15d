/** BASE_PATH: strips the path prefix of the service from each request before anything else sees it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TallyError } from '../counters/errors.js';
import { sendProblem } from './problem-details.js';
import { REQUEST_ID_HEADER, getRequestId } from './request-id.js';

type HttpListener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Returns a request target relative to the base path, or unchanged if there is none.
 *
 * Compares literally: a path that matches only after decoding or normalising (`/%74ally`, `/x/../tally`) is outside.
 * @param target path and query, or a URL as sent to proxies (RFC 9112, 3.2.2)
 * @throws TallyError `unknown-route` if the target is not under the base path
 */
export function stripBasePath(basePath: string, target: string): string {
  if (basePath === '') return target;
  const rest = stripPrefix(basePath, target);
  if (rest === undefined) throw createOutsideError(basePath, target);
  return rest;
}

/**
 * Wraps a request listener so that it sees paths relative to the base path. Other paths get a 404 problem, and the base
 * path without its slash a redirect.
 */
export function mountAtBasePath(basePath: string, listener: HttpListener): HttpListener {
  if (basePath === '') return listener;
  return (request, response) => {
    const target = request.url ?? '';
    const rest = stripPrefix(basePath, target);
    if (rest === undefined) {
      sendProblem(response, createOutsideError(basePath, target));
    } else if (rest === '' || rest.startsWith('?')) {
      redirectToSlash(response, basePath, rest);
    } else {
      request.url = rest;
      listener(request, response);
    }
  };
}

/** Returns the part after the base path: empty, a query or a path. Undefined if the target is outside. */
function stripPrefix(basePath: string, target: string): string | undefined {
  const path = toPathAndQuery(target);
  const rest = path.slice(basePath.length);
  return path.startsWith(basePath) && /^([/?]|$)/.test(rest) ? rest : undefined;
}

/** Returns path and query of a request target, without the scheme and host of a URL sent to a proxy. */
export function toPathAndQuery(target: string): string {
  return target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '');
}

function createOutsideError(basePath: string, target: string): TallyError {
  const [path] = toPathAndQuery(target).split('?', 1);
  return new TallyError('unknown-route', `no route matches ${path}: all routes are under ${basePath}/ (BASE_PATH)`);
}

/**
 * Redirects to the path with a slash. The location is relative, so it also works behind a proxy with another prefix.
 */
function redirectToSlash(response: ServerResponse, basePath: string, query: string): void {
  const lastSegment = basePath.slice(basePath.lastIndexOf('/') + 1);
  const headers = {
    Location: `${lastSegment}/${query}`,
    'Cache-Control': 'no-cache',
    [REQUEST_ID_HEADER]: getRequestId(response.req),
  };
  response.writeHead(308, { ...headers, 'Content-Length': 0 }).end();
}
