/** Serves the OpenAPI and AsyncAPI documents, and Swagger UI. */
import { Controller, Get, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { TallyError } from '../counters/errors.js';
import { ApiDocs, type RouteDocs } from '../http/api-docs.decorator.js';
import { ApiDocuments } from './api-documents.js';
import {
  renderSwaggerPage,
  resolveAssetsDirectory,
  START_SCRIPT,
  SWAGGER_ASSETS,
  SWAGGER_PAGE_CSP,
} from './swagger-page.js';

const ASSET_MAX_AGE_MS = 3_600_000;
/** Looked up at the start, because that reads files. */
const ASSETS_DIRECTORY = resolveAssetsDirectory();
const DOCUMENT_ROUTE: Omit<RouteDocs, 'summary'> = {
  tag: 'Documents',
  role: 'none',
  responses: {
    200: { description: 'The document.', content: { 'application/json': 'Document' }, headers: ['Cache-Control'] },
  },
};

const PAGE_ROUTE: RouteDocs = {
  tag: 'Documents',
  ignoresUnknownParameters: true,
  role: 'none',
  summary: 'Show this document in Swagger UI',
  responses: {
    200: {
      description: 'The HTML page.',
      content: { 'text/html': 'Page' },
      headers: ['Cache-Control', 'Content-Security-Policy'],
    },
  },
};

@Controller()
export class DocsController {
  constructor(private readonly documents: ApiDocuments) {}

  @Get('openapi.json')
  @ApiDocs({ ...DOCUMENT_ROUTE, summary: 'Get this document, OpenAPI 3.1' })
  async openApi(@Res() response: Response): Promise<void> {
    sendText(response, 'application/json', await this.documents.getOpenApi());
  }

  @Get('asyncapi.json')
  @ApiDocs({ ...DOCUMENT_ROUTE, summary: 'Get the description of the live protocol, AsyncAPI 3.0' })
  async asyncApi(@Res() response: Response): Promise<void> {
    sendText(response, 'application/json', await this.documents.getAsyncApi());
  }

  @Get('docs')
  @ApiDocs(PAGE_ROUTE)
  page(@Res() response: Response): void {
    sendPage(response, 'docs/');
  }

  /** `/docs/`, which needs other relative links. Nest would drop a plain trailing slash from the path. */
  @Get('docs{/}')
  @ApiDocs(PAGE_ROUTE)
  pageBehindSlash(@Res() response: Response): void {
    sendPage(response, './');
  }

  @Get('docs/:asset')
  @ApiDocs({
    tag: 'Documents',
    ignoresUnknownParameters: true,
    role: 'none',
    summary: 'Get a file of Swagger UI',
    responses: {
      200: {
        description: 'The file.',
        content: { 'text/javascript': 'Page', 'text/css': 'Page', 'image/png': 'Page' },
        headers: ['Cache-Control'],
      },
    },
    problems: ['unknown-route'],
  })
  async asset(@Param('asset') asset: string, @Res() response: Response): Promise<void> {
    if (asset === 'start.js') {
      sendText(response, 'text/javascript', START_SCRIPT);
      return;
    }
    if (!SWAGGER_ASSETS.includes(asset))
      throw new TallyError('unknown-route', `the documentation has no file ${asset}`);
    await sendAsset(response, asset);
  }
}

function sendAsset(response: Response, asset: string): Promise<void> {
  const options = {
    root: ASSETS_DIRECTORY,
    maxAge: ASSET_MAX_AGE_MS,
    acceptRanges: false,
    lastModified: false,
  };
  return new Promise((resolve, reject) => {
    response.sendFile(asset, options, (error) => (error && !response.headersSent ? reject(error) : resolve()));
  });
}

function sendPage(response: Response, base: 'docs/' | './'): void {
  response.setHeader('Content-Security-Policy', SWAGGER_PAGE_CSP);
  sendText(response, 'text/html', renderSwaggerPage(base));
}

function sendText(response: Response, type: string, text: string): void {
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.setHeader('Cache-Control', 'no-cache');
  response.end(text);
}
