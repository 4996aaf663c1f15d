/** `@ApiDocs()`: the documentation and the permission of a route. */
import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { ErrorCode } from '../counters/errors.js';
import { listParameters } from '../validation/known-parameters.js';
import type { DtoClass } from '../validation/validation.pipe.js';
import { RequirePermission, type RoutePermission } from './required-permission.decorator.js';

/** Sections of the OpenAPI document, in order, with their descriptions. */
export const API_TAGS = {
  'Short routes': 'Add or remove one order, customer or product of the dashboard `main`, without a body.',
  Dashboards: 'Define, read, watch and delete dashboards and their counters.',
  Changes: 'Change counters, and read which changes were made.',
  History: 'Values of the past: over a range of time, and by hour, day, week, month and year.',
  Rules: 'Who is told when a number passes a threshold, or has not changed for a while.',
  Access: 'Your rights, and tickets for clients that cannot send a token.',
  Operations: 'Health and metrics, for operators of the service.',
  Documents: 'This document, that of the live protocol, and Swagger UI.',
  Page: 'Files of the page that shows dashboards.',
} as const;

/** Response other than a problem. */
export interface RouteResponse {
  readonly description: string;
  /** Schema names (`api-docs/schemas.ts`) by media type. Absent: no body. */
  readonly content?: Readonly<Record<string, string>>;
  /** Headers that are always present. */
  readonly headers?: readonly string[];
  /** Headers that may be present. */
  readonly optionalHeaders?: readonly string[];
}

/** Documentation and permission of a route. Its path, method and path parameters come from the controller. */
export interface RouteDocs extends RoutePermission {
  /** Name of the operation. Generated clients name their functions after it, so it stays the same. */
  readonly operationId: string;
  readonly tag: keyof typeof API_TAGS;
  readonly summary: string;
  readonly description?: string;
  /** Classes whose members are the query parameters. `api-docs/parameters.ts` describes them. */
  readonly query?: readonly DtoClass<object>[];
  /** True for a route that ignores other query parameters. By default they are 400 `unknown-parameter`. */
  readonly ignoresUnknownParameters?: boolean;
  /** Request headers that the route reads. */
  readonly headers?: readonly string[];
  /** Schema name of the body, or of each of its lines. */
  readonly body?: string;
  /** Media types of the body. Absent: JSON. */
  readonly bodyTypes?: readonly string[];
  /** Schema names of bodies in other formats, by media type. The handler reads its body by itself then. */
  readonly otherBodies?: Readonly<Record<string, string>>;
  readonly responses: Readonly<Record<number, RouteResponse>>;
  /** Problems in addition to those that every route has. */
  readonly problems?: readonly ErrorCode[];
  /** Schema names of other representations of the problems, by media type. */
  readonly problemContent?: Readonly<Record<string, string>>;
  /** True if the response has `Vary: Accept`. */
  readonly variesByAccept?: boolean;
}

/** The query parameter of every route that accepts a ticket. */
const TICKET_PARAMETER = 'ticket';

/** Lists the query parameters of a route. */
export function listRouteParameters({ query = [], acceptsTicket }: Pick<RouteDocs, 'query' | 'acceptsTicket'>) {
  const parameters = listParameters(query);
  return acceptsTicket ? new Set([...parameters, TICKET_PARAMETER]) : parameters;
}

/** Metadata of a handler: its {@link RouteDocs}. */
export const ROUTE_DOCS = 'tallyboard:route-docs';

/** Documents a route and declares its permission. Costs nothing until the documents are built. */
export function ApiDocs(docs: RouteDocs): MethodDecorator {
  return applyDecorators(RequirePermission(docs), SetMetadata(ROUTE_DOCS, docs));
}
