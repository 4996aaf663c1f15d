/** Bodies that are read line by line: their media types and compression. */
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Request } from 'express';
import { TallyError } from '../../counters/errors.js';

export const NDJSON_MEDIA_TYPES = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'] as const;
const GUNZIP_CHUNK_BYTES = 64 * 1_024;

/**
 * Returns the request body, decompressed.
 * @param mediaTypes those that the route takes, the one to recommend first
 * @throws TallyError `unsupported-media-type`
 */
export function openBody(request: Request, mediaTypes: readonly string[]): Readable {
  const { 'content-encoding': encoding = 'identity', 'content-length': length = '0' } = request.headers;
  if (length === '0' && request.headers['transfer-encoding'] === undefined) return request;
  if (!request.is([...mediaTypes])) {
    throw new TallyError('unsupported-media-type', `the Content-Type must be one of ${mediaTypes.join(', ')}`);
  }
  switch (encoding.toLowerCase()) {
    case 'identity':
      return request;
    case 'gzip': {
      const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES });
      request.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
      // The reader gets the error too. One that comes before it listens must not end the process.
      gunzip.on('error', () => undefined);
      // After a gzip error the rest of the body still has to be consumed.
      gunzip.on('close', () => request.unpipe(gunzip).resume());
      return gunzip;
    }
    default:
      throw new TallyError(
        'unsupported-media-type',
        `the Content-Encoding ${encoding} is not supported: send gzip or no encoding`,
      );
  }
}
