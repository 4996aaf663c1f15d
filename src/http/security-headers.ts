/** Security headers (helmet) and CORS headers of responses. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';

/** Response headers that pages of other origins may read. */
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
/** Seconds for which a browser may cache a preflight response. */
const PREFLIGHT_MAX_AGE_S = 600;
const CORS_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

const applyHelmet = helmet({
  // Strict default for everything but pages, which set their own policy.
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  // Left to the proxy that terminates TLS: only it knows if the whole host uses TLS.
  strictTransportSecurity: false,
  // Obsolete, or covered by the content security policy.
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
});
const SECURITY_HEADERS = recordHeaders(applyHelmet);

/**
 * Returns the middleware that sets the headers. Changes, the hot path, get no security headers: no browser shows their
 * responses as a page, and the headers cost an eighth of a change. Nor do they need `Vary`: nothing caches them.
 * @param origins origins whose pages may read responses; exact
 */
export function createSecurityHeaders(origins: readonly string[]) {
  const allowed = new Set(origins);
  // Any request header is allowed: access depends on the token, never on cookies.
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
      // Also without an origin, and with one that is not allowed: a cache must not give that response to another page.
      if (allowed.size > 0) response.setHeader('Vary', 'Origin');
    }
    const { origin } = request.headers;
    if (origin !== undefined && allowed.has(origin)) applyCors(request, response, next);
    else next();
  };
}

/** Records the headers that a middleware sets. Helmet's do not depend on the request, so they are computed once. */
function recordHeaders(middleware: typeof applyHelmet): readonly (readonly [name: string, value: string])[] {
  const headers: (readonly [string, string])[] = [];
  const recorder = {
    setHeader: (name: string, value: string) => void headers.push([name, value]),
    removeHeader: () => undefined,
  };
  middleware({} as IncomingMessage, recorder as unknown as ServerResponse, () => undefined);
  return headers;
}
