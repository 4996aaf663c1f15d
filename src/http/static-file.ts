/** Files that do not change while the service runs. They are served from memory, compressed once, and have an ETag. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { matchesETag } from './etag.js';

/** Encodings in the order of preference, the smallest first. */
const CONTENT_ENCODINGS = ['br', 'gzip'] as const;
type ContentEncoding = (typeof CONTENT_ENCODINGS)[number];

export interface StaticFile {
  readonly mediaType: string;
  /** For the ETag. Modification times would not do: npm gives all files of a package the same one. */
  readonly contentHash: string;
  readonly plain: Buffer;
  readonly compressed: { readonly [encoding in ContentEncoding]?: Buffer };
}

/**
 * Brotli's quality for files that the service compresses itself. Swagger UI's script of 1.6 MB takes 45 ms and becomes
 * 387 KB; with the best quality, 11, it takes 2.3 s and becomes 349 KB.
 */
const BROTLI_QUALITY = 6;

/** @param compressed other representations of the same bytes */
export function createStaticFile(
  mediaType: string,
  plain: Buffer,
  compressed: StaticFile['compressed'] = {},
): StaticFile {
  const contentHash = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  return { mediaType, contentHash, plain, compressed };
}

/** Creates a file with its compressed forms. Compresses in the thread pool. */
export async function compressStaticFile(mediaType: string, content: Buffer | string): Promise<StaticFile> {
  const plain = Buffer.from(content);
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
    promisify(gzip)(plain),
  ]);
  return createStaticFile(mediaType, plain, { br, gzip: gz });
}

/**
 * Responds with a file in the best encoding that the client accepts, or with 304 if the client has it.
 * @param headers further headers, for 200 and 304
 */
export function sendStaticFile(
  request: Request,
  response: Response,
  { mediaType, contentHash, plain, compressed }: StaticFile,
  headers: Readonly<Record<string, string>>,
): void {
  const encoding = CONTENT_ENCODINGS.find((candidate) => compressed[candidate] && request.acceptsEncodings(candidate));
  const body = (encoding && compressed[encoding]) ?? plain;
  // Each encoding needs its own ETag, because the bytes differ (RFC 9110, 8.8.3.3).
  const etag = encoding ? `"${contentHash}-${encoding}"` : `"${contentHash}"`;
  response.vary('Accept-Encoding');
  response.set({ ...headers, ETag: etag });
  if (matchesETag(request.headers['if-none-match'], etag)) {
    response.status(304).end();
    return;
  }
  if (encoding) response.set('Content-Encoding', encoding);
  const charset = mediaType.startsWith('text/') || mediaType === 'application/json' ? '; charset=utf-8' : '';
  response.set({ 'Content-Type': mediaType + charset, 'Content-Length': String(body.length) });
  response.end(body);
}
