/** The page over HTTP: itself, its files, and the script that other sites embed. */
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ApiDocs, type RouteDocs } from '../http/api-docs.decorator.js';
import { ENCODINGS, PageFiles, TYPES } from './asset-files.js';

/** The page loads from here only, and writes nothing that could be a script (`uplot` and the page make their nodes by hand). */
const POLICY = [
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
const ASK_EACH_TIME = 'no-cache';
const FOR_EVER = 'public, max-age=31536000, immutable';
/** Under one name for ever, and loaded by the pages of others: an update arrives within minutes. */
const FOR_MINUTES = 'public, max-age=300';

const ALWAYS = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', Vary: 'Accept-Encoding' };
/** Scripts of other origins are taken only from who allows it, and by pages that isolate themselves too. */
const FOR_OTHER_SITES = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };

function documented(summary: string, types: readonly string[], headers: readonly string[] = []): RouteDocs {
  const all = ['ETag', 'Cache-Control', ...Object.keys(ALWAYS), ...headers];
  return {
    tag: 'Page',
    needs: 'nothing',
    summary,
    headers: ['If-None-Match'],
    responses: {
      200: {
        description: 'The file.',
        content: Object.fromEntries(types.map((type) => [type, 'Page'])),
        headers: all,
        optionalHeaders: ['Content-Encoding'],
      },
      304: { description: 'The client has it.', headers: all },
    },
    problems: ['page-not-built', 'unknown-route'],
  };
}

@Controller()
export class PageController {
  constructor(@Inject(PageFiles) private readonly files: PageFiles) {}

  /** The page. */
  @Get()
  @ApiDocs(documented('The live page', ['text/html'], ['Content-Security-Policy']))
  page(@Req() request: Request, @Res() response: Response): void {
    this.#send(request, response, 'index.html', ASK_EACH_TIME, { 'Content-Security-Policy': POLICY });
  }

  /** What the page loads. */
  @Get('assets/:asset')
  @ApiDocs(documented('A file of the page', [...new Set(Object.values(TYPES))]))
  asset(@Param('asset') asset: string, @Req() request: Request, @Res() response: Response): void {
    this.#send(request, response, `assets/${asset}`, FOR_EVER);
  }

  /** The script of the element `live-counter`, for any page. */
  @Get('embed.js')
  @ApiDocs(documented('The script that other sites embed', ['text/javascript'], Object.keys(FOR_OTHER_SITES)))
  embed(@Req() request: Request, @Res() response: Response): void {
    this.#send(request, response, 'embed.js', FOR_MINUTES, FOR_OTHER_SITES);
  }

  #send(request: Request, response: Response, path: string, caching: string, more: Record<string, string> = {}): void {
    const { type, tag, plain, compressed } = this.files.find(path);
    const encoding = ENCODINGS.find((one) => compressed[one] && request.acceptsEncodings(one));
    const body = (encoding && compressed[encoding]) ?? plain;
    // Each form has a tag of its own: the bytes differ (RFC 9110, 8.8.3.3).
    const formTag = encoding ? `"${tag}-${encoding}"` : `"${tag}"`;
    response.set({ ...ALWAYS, ...more, 'Cache-Control': caching, ETag: formTag });
    if (request.headers['if-none-match']?.includes(formTag)) {
      response.status(304).end();
      return;
    }
    if (encoding) response.set('Content-Encoding', encoding);
    const charset = type.startsWith('text/') ? '; charset=utf-8' : '';
    response.set({ 'Content-Type': type + charset, 'Content-Length': String(body.length) });
    response.end(body);
  }
}
