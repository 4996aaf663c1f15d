/** Serves the page, its files, and the script that other sites embed. */
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Config } from '../config/config.js';
import { ApiDocs, type RouteDocs } from '../http/api-docs.decorator.js';
import { sendStaticFile } from '../http/static-file.js';
import { describeStaticFile } from '../http/static-file-docs.js';
import { AssetFiles, MEDIA_TYPES } from './asset-files.js';
import { createPagePolicy } from './page-policy.js';

/** For the page, which names its hashed files and so has to be current. */
const REVALIDATE = 'no-cache';
const CACHE_FOREVER = 'public, max-age=31536000, immutable';
/** For the embed script, which keeps its name: an update reaches other sites within five minutes. */
const CACHE_FOR_MINUTES = 'public, max-age=300';

const COMMON_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};
/** A service worker may connect where its own policy says, not where that of the page does. */
const WORKER_HEADERS = { 'Content-Security-Policy': "default-src 'none'; connect-src 'self'" };
/** For SVG files that are opened as a page of their own: a logo may have styles, and none of its scripts runs. */
const SVG_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox",
};
/** Module scripts need CORS, and cross-origin isolated pages need CORP. */
const CROSS_ORIGIN_HEADERS = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };

function createRouteDocs(
  operationId: string,
  summary: string,
  types: readonly string[],
  extraHeaders: readonly string[] = [],
): RouteDocs {
  return describeStaticFile({
    operationId,
    tag: 'Page',
    summary,
    content: Object.fromEntries(types.map((type) => [type, type.endsWith('json') ? 'Document' : 'Page'])),
    headers: [...Object.keys(COMMON_HEADERS), ...extraHeaders],
    problems: ['page-not-built', 'unknown-route'],
  });
}

@Controller()
export class PageController {
  readonly #policy: string;

  constructor(
    private readonly assets: AssetFiles,
    config: Config,
  ) {
    this.#policy = createPagePolicy(config);
  }

  @Get()
  @ApiDocs(createRouteDocs('getPage', 'Get the page', ['text/html'], ['Content-Security-Policy']))
  page(@Req() request: Request, @Res() response: Response): void {
    // Replaced by `frame-ancestors`, which can name other origins.
    response.removeHeader('X-Frame-Options');
    this.#send(request, response, 'index.html', REVALIDATE, { 'Content-Security-Policy': this.#policy });
  }

  @Get('manifest.webmanifest')
  @ApiDocs(createRouteDocs('getManifest', 'Get the manifest of the installable page', ['application/manifest+json']))
  manifest(@Req() request: Request, @Res() response: Response): void {
    this.#send(request, response, 'manifest.webmanifest', REVALIDATE);
  }

  @Get('worker.js')
  @ApiDocs(
    createRouteDocs(
      'getServiceWorker',
      'Get the service worker of the page',
      ['text/javascript'],
      ['Content-Security-Policy'],
    ),
  )
  worker(@Req() request: Request, @Res() response: Response): void {
    this.#send(request, response, 'worker.js', REVALIDATE, WORKER_HEADERS);
  }

  @Get('assets/:asset')
  @ApiDocs(createRouteDocs('getPageFile', 'Get a file of the page', [...new Set(Object.values(MEDIA_TYPES))]))
  asset(@Param('asset') asset: string, @Req() request: Request, @Res() response: Response): void {
    this.#send(request, response, `assets/${asset}`, CACHE_FOREVER, getAssetHeaders(asset));
  }

  @Get('embed.js')
  @ApiDocs(
    createRouteDocs(
      'getEmbedScript',
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
    const headers = { ...COMMON_HEADERS, ...extraHeaders, 'Cache-Control': cacheControl };
    sendStaticFile(request, response, this.assets.find(path), headers);
  }
}

/** Files that `embed.js` loads are loaded by pages of other origins, as it is itself. */
function getAssetHeaders(asset: string): Record<string, string> {
  if (asset.endsWith('.svg')) return SVG_HEADERS;
  return asset.startsWith('embed-') ? CROSS_ORIGIN_HEADERS : {};
}
