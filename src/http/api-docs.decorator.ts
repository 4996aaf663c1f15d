/** `@Documented()`: what the documents say of a route, the right that it needs included. Costs nothing before somebody asks for them. */
import type { ErrorCode } from '../counters/errors.js';
import { type Handler, Needs, type RouteNeeds } from './required-permission.decorator.js';

/** The headings of the document, in its order. */
export const TAGS = [
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
export interface AnswerDocs {
  readonly description: string;
  /** Names of schemas (`docs/schemas.ts`) by media type. Absent: no body. */
  readonly content?: Readonly<Record<string, string>>;
  /** Headers that always come. */
  readonly headers?: readonly string[];
  /** Headers that may come. */
  readonly mayHave?: readonly string[];
}

/** What the documents say of a route, and the right that it asks for. Path, method and parameters of the path they know from the controller. */
export interface RouteDocs extends RouteNeeds {
  readonly tag: (typeof TAGS)[number];
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
  readonly answers: Readonly<Record<number, AnswerDocs>>;
  /** Problems beside those that every route has. */
  readonly problems?: readonly ErrorCode[];
  /** True where caches are told that the answer depends on Accept. */
  readonly varies?: boolean;
}

const ROUTES = new Map<Handler, RouteDocs>();

export function Documented(docs: RouteDocs) {
  const needs = Needs(docs);
  return <T extends Handler>(target: object, name: string | symbol, descriptor: TypedPropertyDescriptor<T>): void => {
    needs(target, name, descriptor);
    if (descriptor.value) ROUTES.set(descriptor.value, docs);
  };
}

/** All that was said of routes so far, by handler. */
export function documentedRoutes(): ReadonlyMap<Handler, RouteDocs> {
  return ROUTES;
}
