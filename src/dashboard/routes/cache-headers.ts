/** Headers of a response that clients may cache and revalidate. */
import type { Request, Response } from 'express';

/** Sets `ETag` and `Cache-Control`. Express then answers 304 without a body if `If-None-Match` has the tag. */
export function setCacheHeaders(request: Request, response: Response, tag: string, cacheControl: string): void {
  // `no-cache` asks caches to revalidate. Express would answer with the full body instead of 304, and Node's `fetch`
  // sends it with every `If-None-Match`.
  delete request.headers['cache-control'];
  response.setHeader('ETag', `"${tag}"`);
  response.setHeader('Cache-Control', cacheControl);
}
