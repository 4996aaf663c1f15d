/** Headers of a response that a client may keep and revalidate. */
import type { Request, Response } from 'express';

/** Sets the entity tag. Express answers 304 without the body if the client has it (`If-None-Match`). */
export function setCacheHeaders(request: Request, response: Response, tag: string, cacheControl: string): void {
  // `no-cache` asks caches on the way to revalidate. Express would take it as a demand for the whole body, and Node's `fetch`
  // sends it with every If-None-Match.
  delete request.headers['cache-control'];
  response.setHeader('ETag', `"${tag}"`);
  response.setHeader('Cache-Control', cacheControl);
}
