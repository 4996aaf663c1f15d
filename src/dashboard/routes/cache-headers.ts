/** Headers of a response that clients may cache and revalidate. */
import type { Request, Response } from 'express';
import { matchesETag } from '../../http/etag.js';

/** Sets `ETag` and `Cache-Control`. Express then answers 304 without a body if `If-None-Match` has the tag. */
export function setCacheHeaders(request: Request, response: Response, tag: string, cacheControl: string): void {
  // `no-cache` asks caches to revalidate. Express would answer with the full body instead of 304, and Node's `fetch`
  // sends it with every `If-None-Match`.
  delete request.headers['cache-control'];
  const etag = `"${tag}"`;
  // Express compares literally, and knows no suffix of a proxy.
  if (matchesETag(request.headers['if-none-match'], etag)) request.headers['if-none-match'] = etag;
  response.setHeader('ETag', etag);
  response.setHeader('Cache-Control', cacheControl);
}
