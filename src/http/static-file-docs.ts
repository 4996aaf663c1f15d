/** Documentation of routes that serve static files. */
import type { RouteDocs } from './api-docs.decorator.js';

/** What differs between these routes. */
interface StaticFileRoute extends Pick<RouteDocs, 'operationId' | 'tag' | 'summary' | 'problems'> {
  /** Schema names by media type. */
  readonly content: Readonly<Record<string, string>>;
  /** Headers other than those of every static file. */
  readonly headers?: readonly string[];
}

/** Returns the documentation of a public route whose handler calls `sendStaticFile`. */
export function describeStaticFile({ content, headers = [], ...route }: StaticFileRoute): RouteDocs {
  const allHeaders = ['ETag', 'Cache-Control', 'Vary', ...headers];
  return {
    ...route,
    ignoresUnknownParameters: true,
    role: 'none',
    headers: ['If-None-Match'],
    responses: {
      200: { description: 'The file.', content, headers: allHeaders, optionalHeaders: ['Content-Encoding'] },
      304: { description: 'Not modified: the file still has the ETag of the request.', headers: allHeaders },
    },
  };
}
