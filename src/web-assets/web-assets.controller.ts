/** The page over HTTP: itself, its files, and the script that other sites embed. */
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ApiDocs, type RouteDocs } from '../http/api-docs.decorator.js';
import { AssetFiles, CONTENT_ENCODINGS, MEDIA_TYPES } from './asset-files.js';

/** The page loads from here only, and writes nothing that could be a script (`uplot` and the page make their nodes by hand). */
const PAGE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  // With ws: and wss: of the same host (CSP 3).
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The page names its files by their content: after an update it has to be asked for which ones they are. */
const REVALIDATE = 'no-cache';
const CACHE_FOREVER = 'public, max-age=31536000, immutable';
/** Under one name for ever, and loaded by the pages of others: an update arrives within minutes. */
const CACHE_FOR_MINUTES = 'public, max-age=300';

const COMMON_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  Vary: 'Accept-Encoding',
};
/** Scripts of other origins are taken only from who allows it, and by pages that isolate themselves too. */
const CROSS_ORIGIN_HEADERS = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };

function createRouteDocs(summary: string, types: readonly string[], extraHeaders: readonly string[] = []): RouteDocs {
  const headers = ['ETag', 'Cache-Control', ...Object.keys(COMMON_HEADERS), ...extraHeaders];
  return {
    tag: 'Page',
    role: 'none',
    summary,
    headers: ['If-None-Match'],
    responses: {
      200: {
        description: 'The file.',
        content: Object.fromEntries(types.map((type) => [type, 'Page'])),
        headers,
        optionalHeaders: ['Content-Encoding'],
      },
      304: { description: 'The client has it.', headers },
    },
    problems: ['page-not-built', 'unknown-route'],
  };
}

@Controller()
export class PageController {
  constructor(private readonly assets: AssetFiles) {}

  /** The page. */
  @Get()
  @ApiDocs(createRouteDocs('The live page', ['text/html'], ['Content-Security-Policy']))
  page(@Req() request: Request, @Res() response: Response): void {
    this.#send(request, response, 'index.html', REVALIDATE, { 'Content-Security-Policy': PAGE_CSP });
  }

  /** What the page loads. */
  @Get('assets/:asset')
  @ApiDocs(createRouteDocs('A file of the page', [...new Set(Object.values(MEDIA_TYPES))]))
  asset(@Param('asset') asset: string, @Req() request: Request, @Res() response: Response): void {
    this.#send(request, response, `assets/${asset}`, CACHE_FOREVER);
  }

  /** The script of the element `live-counter`, for any page. */
  @Get('embed.js')
  @ApiDocs(createRouteDocs('The script that other sites embed', ['text/javascript'], Object.keys(CROSS_ORIGIN_HEADERS)))
  embed(@Req() request: Request, @Res() response: Response): void {
    this.#send(request, response, 'embed.js', CACHE_FOR_MINUTES, CROSS_ORIGIN_HEADERS);
  }

  #send(
    request: Request,
    response: Response,
    path: string,
    cacheControl: string,
    extraHeaders: Record<string, string> = {},
  ): void {
    const { mediaType, contentHash, plain, compressed } = this.assets.find(path);
    const encoding = CONTENT_ENCODINGS.find(
      (candidate) => compressed[candidate] && request.acceptsEncodings(candidate),
    );
    const body = (encoding && compressed[encoding]) ?? plain;
    // Each form has a tag of its own: the bytes differ (RFC 9110, 8.8.3.3).
    const etag = encoding ? `"${contentHash}-${encoding}"` : `"${contentHash}"`;
    response.set({ ...COMMON_HEADERS, ...extraHeaders, 'Cache-Control': cacheControl, ETag: etag });
    if (request.headers['if-none-match']?.includes(etag)) {
      response.status(304).end();
      return;
    }
    if (encoding) response.set('Content-Encoding', encoding);
    const charset = mediaType.startsWith('text/') ? '; charset=utf-8' : '';
    response.set({ 'Content-Type': mediaType + charset, 'Content-Length': String(body.length) });
    response.end(body);
  }
}
