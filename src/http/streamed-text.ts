/**
 * Answers with compressed texts: those of any length are made while they are sent, and not sent if the client has them.
 */
import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createGzip, gzip } from 'node:zlib';
import { StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import { matchesETag } from './etag.js';

const compressText = promisify(gzip);
/** Characters. A shorter text fits a packet anyway. */
const MIN_COMPRESSED_LENGTH = 1_024;

export interface StreamedText {
  /** All that the text depends on, without quotes. */
  readonly tag: string;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Reads what comes first, so that its errors are answered as problems. Not called for a client that has the text. */
  readonly open: () => Promise<AsyncIterable<string>>;
}

/**
 * Sets the headers, and returns the body, or undefined after a status 304. The next part is made once the client has
 * taken the one before, so memory stays bounded. An error in between cuts the connection: the client sees that the text
 * is not complete.
 * @throws what `open` throws
 */
export async function streamText(
  request: Request,
  response: Response,
  { tag, type, headers = {}, open }: StreamedText,
): Promise<StreamableFile | undefined> {
  const isCompressed = request.acceptsEncodings('gzip') === 'gzip';
  // Each encoding needs its own ETag, because the bytes differ (RFC 9110, 8.8.3.3).
  const etag = isCompressed ? `"${tag}:gzip"` : `"${tag}"`;
  const isUnchanged = matchesETag(request.headers['if-none-match'], etag);
  const parts = isUnchanged ? undefined : await open();
  response.setHeader('ETag', etag);
  response.setHeader('Cache-Control', 'no-cache');
  response.vary('Accept-Encoding');
  if (parts === undefined) {
    response.status(304);
    return undefined;
  }
  response.set(headers);
  if (isCompressed) response.setHeader('Content-Encoding', 'gzip');
  const text = Readable.from(parts, { objectMode: false });
  const file = new StreamableFile(isCompressed ? compress(text) : text, { type });
  // Nest would end the response, and a table that is cut off looks like a complete one.
  return file.setErrorHandler(() => void response.destroy());
}

/**
 * Returns a JSON text as a body, compressed if it is long and the client accepts that, and sets the headers that say
 * so.
 */
export async function compressJson(
  request: Request,
  response: Response,
  text: string,
): Promise<StreamableFile | string> {
  const type = 'application/json; charset=utf-8';
  response.type(type);
  response.vary('Accept-Encoding');
  if (text.length < MIN_COMPRESSED_LENGTH || request.acceptsEncodings('gzip') !== 'gzip') return text;
  response.setHeader('Content-Encoding', 'gzip');
  return new StreamableFile(await compressText(text, { level: constants.Z_BEST_SPEED }), { type });
}

/** The fastest level already shrinks columns of numbers to a tenth. zlib runs on the thread pool. */
function compress(text: Readable): Readable {
  const compressor = createGzip({ level: constants.Z_BEST_SPEED });
  // An error of the source destroys it, which the response handles.
  return pipeline(text, compressor, () => {});
}
