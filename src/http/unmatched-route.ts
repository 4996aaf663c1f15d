/** Answers requests that no handler serves: `OPTIONS` with the methods of the path, others with 405 or 404. */
import type { NextFunction, Request, Response } from 'express';
import { TallyError } from '../counters/errors.js';

/** Methods of the service as a whole, for requests that are not about a path of it. */
export const ALL_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

interface RouterLayer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/**
 * Middleware behind all routes. `OPTIONS` gets 204 with `Allow` if the path exists (RFC 9110, 9.3.7); it is no
 * preflight of an allowed origin, which has been answered before.
 */
export function handleUnmatchedRoute(request: Request, response: Response, next: NextFunction): void {
  const { path, method } = request;
  const allow = listMethods(request);
  if (allow.length === 0) next(new TallyError('unknown-route', `no route matches ${path}`));
  else if (method === 'OPTIONS') response.setHeader('Allow', allow.join(', ')).writeHead(204).end();
  else next(new TallyError('method-not-allowed', `${path} does not support ${method}`, { allow }));
}

/** Returns the methods that the path supports, in any controller. Empty if there is no such path. */
function listMethods({ app, path }: Request): readonly string[] {
  const { stack } = app.router as unknown as { stack: readonly RouterLayer[] };
  const names = stack.flatMap((layer) => (layer.route && layer.match(path) ? Object.keys(layer.route.methods) : []));
  if (names.length === 0) return [];
  // Express answers HEAD with the handler of GET.
  const methods = names.flatMap((name) => (name === 'get' ? ['GET', 'HEAD'] : name.toUpperCase()));
  return [...new Set(methods), 'OPTIONS'];
}
