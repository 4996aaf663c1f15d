/** Serves the page, its files, and the script that other sites embed. */
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ApiDocs, type RouteDocs } from '../http/api-docs.decorator.js';
import { matchesETag } from '../http/etag.js';
import { AssetFiles, CONTENT_ENCODINGS, MEDIA_TYPES } from './asset-files.js';

/** The page loads from this service only. Trusted Types: the page and `uplot` create nodes without parsing HTML. */
const PAGE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  // Includes ws: and wss: of the same host (CSP 3).
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** For the page, which names its hashed files and so has to be current. */
const REVALIDATE = 'no-cache';
const CACHE_FOREVER = 'public, max-age=31536000, immutable';
/** For the embed script, which keeps its name: an update reaches other sites within five minutes. */
const CACHE_FOR_MINUTES = 'public, max-age=300';

const COMMON_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};
/** Module scripts need CORS, and cross-origin isolated pages need CORP. */
const CROSS_ORIGIN_HEADERS = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };

function createRouteDocs(summary: string, types: readonly string[], extraHeaders: readonly string[] = []): RouteDocs {
  const headers = ['ETag', 'Cache-Control', 'Vary', ...Object.keys(COMMON_HEADERS), ...extraHeaders];
  return {
    tag: 'Page',
    ignoresUnknownParameters: true,
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
      304: { description: 'Not modified: the file still has the ETag of the request.', headers },
    },
    problems: ['page-not-built', 'unknown-route'],
  };
}

@Controller()
export class PageController {
  constructor(private readonly assets: AssetFiles) {}

  @Get()
  @ApiDocs(createRouteDocs('Get the page', ['text/html'], ['Content-Security-Policy']))
  page(@Req() request: Request, @Res() response: Response): void {
    this.#send(request, response, 'index.html', REVALIDATE, { 'Content-Security-Policy': PAGE_CSP });
  }

  @Get('assets/:asset')
  @ApiDocs(createRouteDocs('Get a file of the page', [...new Set(Object.values(MEDIA_TYPES))]))
  asset(@Param('asset') asset: string, @Req() request: Request, @Res() response: Response): void {
    this.#send(request, response, `assets/${asset}`, CACHE_FOREVER);
  }

  @Get('embed.js')
  @ApiDocs(
    createRouteDocs(
      'Get the script of the `<live-counter>` element',
      ['text/javascript'],
      Object.keys(CROSS_ORIGIN_HEADERS),
    ),
  )
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
    // Each encoding needs its own ETag, because the bytes differ (RFC 9110, 8.8.3.3).
    const etag = encoding ? `"${contentHash}-${encoding}"` : `"${contentHash}"`;
    response.vary('Accept-Encoding');
    response.set({ ...COMMON_HEADERS, ...extraHeaders, 'Cache-Control': cacheControl, ETag: etag });
    if (matchesETag(request.headers['if-none-match'], etag)) {
      response.status(304).end();
      return;
    }
    if (encoding) response.set('Content-Encoding', encoding);
    const charset = mediaType.startsWith('text/') ? '; charset=utf-8' : '';
    response.set({ 'Content-Type': mediaType + charset, 'Content-Length': String(body.length) });
    response.end(body);
  }
}
