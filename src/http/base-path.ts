/** The path that the whole service is under (BASE_PATH): taken off what is asked for, before anyone else looks at it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TallyError } from '../counters/errors.js';
import { sendProblem } from './problem-details.js';
import { REQUEST_ID_HEADER, getRequestId } from './request-id.js';

type HttpListener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * What a request asks for, seen from the base path. Without one it is the target as it is.
 *
 * Compares letter by letter: what would be the same only after decoding or climbing (`/%74ally`, `/x/../tally`) is outside.
 * @param target path and query, or an address as it is sent to proxies (RFC 9112, 3.2.2)
 * @throws TallyError `unknown-route` when it is not under the base path
 */
export function stripBasePath(basePath: string, target: string): string {
  if (basePath === '') return target;
  const rest = stripPrefix(basePath, target);
  if (rest === undefined) throw createOutsideError(basePath, target);
  return rest;
}

/** A listener for requests that are under the base path. The others get a problem, and the base path alone its slash. */
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

/** What comes after the base path: nothing, a query, or a path. */
function stripPrefix(basePath: string, target: string): string | undefined {
  const path = toPathAndQuery(target);
  const rest = path.slice(basePath.length);
  return path.startsWith(basePath) && /^([/?]|$)/.test(rest) ? rest : undefined;
}

/** Path and query of what is asked for, without the host of an address that is sent to a proxy. */
export function toPathAndQuery(target: string): string {
  return target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '');
}

function createOutsideError(basePath: string, target: string): TallyError {
  const [path] = toPathAndQuery(target).split('?', 1);
  return new TallyError('unknown-route', `there is nothing at ${path}: all is under ${basePath}/, as BASE_PATH says`);
}

/** The page's own addresses are relative, and so is this one: right behind a proxy that knows the service by another path. */
function redirectToSlash(response: ServerResponse, basePath: string, query: string): void {
  const lastSegment = basePath.slice(basePath.lastIndexOf('/') + 1);
  const headers = {
    Location: `${lastSegment}/${query}`,
    'Cache-Control': 'no-cache',
    [REQUEST_ID_HEADER]: getRequestId(response.req),
  };
  response.writeHead(308, { ...headers, 'Content-Length': 0 }).end();
}
