/** What browsers are told with answers: to be careful with them (helmet), and which pages of other origins may read them (CORS). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';

/** What a page may read of an answer beside its body. */
const EXPOSED_HEADERS = [
  'ETag',
  'Idempotent-Replayed',
  'Link',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
];
/** How long a browser may remember what it was told, seconds. */
const PREFLIGHT_MAX_AGE_S = 600;
const CORS_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];

const applyHelmet = helmet({
  // What is no page loads nothing and is shown in no frame. The pages say what they need.
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  // Where TLS ends, there it is known whether all of the host has it.
  strictTransportSecurity: false,
  // For browsers of before, or answered by the policy already.
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
});
const SECURITY_HEADERS = recordHeaders(applyHelmet);

/**
 * Sets them, and goes on. A change, the hot request, gets none: nobody looks at its answer as a page, and they cost an eighth of it.
 * @param origins those whose pages may read answers; exact
 */
export function createSecurityHeaders(origins: readonly string[]) {
  const allowed = new Set(origins);
  // What a page may send is its own affair: the token that it knows is what counts, and cookies are not.
  const applyCors = cors({
    origin: [...origins],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_MAX_AGE_S,
    methods: CORS_METHODS,
  });
  return (request: Request, response: Response, next: NextFunction): void => {
    const { method } = request;
    if (method !== 'POST' && method !== 'DELETE') {
      for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
    }
    const { origin } = request.headers;
    if (origin !== undefined && allowed.has(origin)) applyCors(request, response, next);
    else next();
  };
}

/** Helmet's headers do not depend on the request: asked once what they are, setting them is all that is left to do. */
function recordHeaders(middleware: typeof applyHelmet): readonly (readonly [name: string, value: string])[] {
  const headers: (readonly [string, string])[] = [];
  const recorder = {
    setHeader: (name: string, value: string) => void headers.push([name, value]),
    removeHeader: () => undefined,
  };
  middleware({} as IncomingMessage, recorder as unknown as ServerResponse, () => undefined);
  return headers;
}
