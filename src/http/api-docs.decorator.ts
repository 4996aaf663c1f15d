/** `@ApiDocs()`: the documentation and the permission of a route. */
import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { ErrorCode } from '../counters/errors.js';
import { RequirePermission, type RoutePermission } from './required-permission.decorator.js';

/** The headings of the document, in its order. */
export const API_TAGS = [
  'Short routes',
  'Dashboards',
  'Changes',
  'History',
  'Access',
  'Operations',
  'Documents',
  'Page',
] as const;

/** An answer that is no problem. */
export interface RouteResponse {
  readonly description: string;
  /** Names of schemas (`docs/schemas.ts`) by media type. Absent: no body. */
  readonly content?: Readonly<Record<string, string>>;
  /** Headers that always come. */
  readonly headers?: readonly string[];
  /** Headers that may come. */
  readonly optionalHeaders?: readonly string[];
}

/** What the documents say of a route, and the right that it asks for. Path, method and parameters of the path they know from the controller. */
export interface RouteDocs extends RoutePermission {
  readonly tag: (typeof API_TAGS)[number];
  readonly summary: string;
  readonly description?: string;
  /** Groups of parameters (`docs/parameters.ts`). */
  readonly query?: readonly string[];
  /** Headers of the request that mean something to this route. */
  readonly headers?: readonly string[];
  /** Name of the schema of the body, or of each line of it. */
  readonly body?: string;
  /** Media types of the body; JSON when absent. */
  readonly bodyTypes?: readonly string[];
  readonly responses: Readonly<Record<number, RouteResponse>>;
  /** Problems beside those that every route has. */
  readonly problems?: readonly ErrorCode[];
  /** True where caches are told that the answer depends on Accept. */
  readonly variesByAccept?: boolean;
}

/** Metadata of a handler: its {@link RouteDocs}. */
export const ROUTE_DOCS = 'tallyboard:route-docs';

/** Documents a route and declares its permission. Costs nothing until the documents are built. */
export function ApiDocs(docs: RouteDocs): MethodDecorator {
  return applyDecorators(RequirePermission(docs), SetMetadata(ROUTE_DOCS, docs));
}
