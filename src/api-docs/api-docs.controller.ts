/** Serves the OpenAPI and AsyncAPI documents, and Swagger UI. Each file is made when it is first requested. */
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ApiDocs, type RouteDocs } from '../http/api-docs.decorator.js';
import { LazyFiles } from '../http/lazy-files.js';
import { compressStaticFile, sendStaticFile, type StaticFile } from '../http/static-file.js';
import { describeStaticFile } from '../http/static-file-docs.js';
import { ApiDocuments } from './api-documents.js';
import { loadSwaggerFile, renderSwaggerPage, SWAGGER_PAGE_CSP } from './swagger-page.js';

/** For what changes with the version of the service under the same URL. */
const REVALIDATE = { 'Cache-Control': 'no-cache' };
const PAGE_HEADERS = { ...REVALIDATE, 'Content-Security-Policy': SWAGGER_PAGE_CSP };
/** For files of Swagger UI, which are 400 KB and seldom change. */
const CACHE_FOR_AN_HOUR = { 'Cache-Control': 'public, max-age=3600' };

const PAGE_ROUTE = describeStaticFile({
  tag: 'Documents',
  operationId: 'getDocsPage',
  summary: 'Show this document in Swagger UI',
  content: { 'text/html': 'Page' },
  headers: ['Content-Security-Policy'],
});

/** Unlike files, the documents are routes of the API: they refuse unknown parameters. */
function describeDocument(operationId: string, summary: string): RouteDocs {
  const docs = describeStaticFile({
    operationId,
    tag: 'Documents',
    summary,
    content: { 'application/json': 'Document' },
  });
  return { ...docs, ignoresUnknownParameters: false };
}

@Controller()
export class DocsController {
  readonly #files = new LazyFiles();

  constructor(private readonly documents: ApiDocuments) {}

  @Get('openapi.json')
  @ApiDocs(describeDocument('getOpenApi', 'Get this document, OpenAPI 3.1'))
  async openApi(@Req() request: Request, @Res() response: Response): Promise<void> {
    const file = await this.#files.get('openapi.json', async () => toJsonFile(await this.documents.getOpenApi()));
    sendStaticFile(request, response, file, REVALIDATE);
  }

  @Get('asyncapi.json')
  @ApiDocs(describeDocument('getAsyncApi', 'Get the description of the live protocol, AsyncAPI 3.0'))
  async asyncApi(@Req() request: Request, @Res() response: Response): Promise<void> {
    const file = await this.#files.get('asyncapi.json', async () => toJsonFile(await this.documents.getAsyncApi()));
    sendStaticFile(request, response, file, REVALIDATE);
  }

  @Get('docs')
  @ApiDocs(PAGE_ROUTE)
  async page(@Req() request: Request, @Res() response: Response): Promise<void> {
    const file = await this.#files.get('docs', () => renderSwaggerPage('docs/'));
    sendStaticFile(request, response, file, PAGE_HEADERS);
  }

  /** `/docs/`, which needs other relative links. Nest would drop a plain trailing slash from the path. */
  @Get('docs{/}')
  @ApiDocs(PAGE_ROUTE)
  async pageBehindSlash(@Req() request: Request, @Res() response: Response): Promise<void> {
    const file = await this.#files.get('docs/', () => renderSwaggerPage('./'));
    sendStaticFile(request, response, file, PAGE_HEADERS);
  }

  @Get('docs/:file')
  @ApiDocs(
    describeStaticFile({
      tag: 'Documents',
      operationId: 'getDocsFile',
      summary: 'Get a file of Swagger UI',
      content: { 'text/javascript': 'Page', 'text/css': 'Page', 'image/png': 'Page' },
      problems: ['unknown-route'],
    }),
  )
  async asset(@Param('file') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const file = await this.#files.get(`docs/${name}`, () => loadSwaggerFile(name));
    sendStaticFile(request, response, file, CACHE_FOR_AN_HOUR);
  }
}

function toJsonFile(json: string): Promise<StaticFile> {
  return compressStaticFile('application/json', json);
}
