/** Tells browsers that pages of allowed origins may read what is answered here (CORS). Others are told nothing. */
import cors from 'cors';
import type { NextFunction, Request, Response } from 'express';

/** What a page may read of an answer beside its body. */
const EXPOSED = [
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
const REMEMBER_S = 600;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];

/** Middleware. A request without an origin, the hot one, costs it a comparison. @param origins those that are allowed; exact */
export function crossOrigin(origins: readonly string[]) {
  const allowed = new Set(origins);
  // What a page may send is its own affair: the token that it knows is what counts, and cookies are not.
  const answer = cors({ origin: [...origins], exposedHeaders: EXPOSED, maxAge: REMEMBER_S, methods: METHODS });
  return (request: Request, response: Response, next: NextFunction): void => {
    const { origin } = request.headers;
    if (origin !== undefined && allowed.has(origin)) answer(request, response, next);
    else next();
  };
}
