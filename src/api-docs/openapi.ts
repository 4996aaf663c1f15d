/** Builds the OpenAPI document from the routes that Nest knows and their `@ApiDocs()`. */
import { applyDecorators, type INestApplication, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiHeader,
  type ApiHeaderOptions,
  ApiIncludeEndpoint,
  ApiOperation,
  ApiQuery,
  type ApiQueryOptions,
  ApiResponse,
  type ApiResponseOptions,
  ApiTags,
  type OpenAPIObject,
  SwaggerModule,
} from '@nestjs/swagger';
import { API_TAGS, ROUTE_DOCS, type RouteDocs, type RouteResponse } from '../http/api-docs.decorator.js';
import { REQUEST_ID_HEADER } from '../http/request-id.js';
import { describeQuery, getSchema, PATH_PARAMETERS, REQUEST_HEADERS } from './parameters.js';
import {
  AUTH_CODES,
  BROWSER_HEADERS,
  COMMON_CODES,
  createProblemResponse,
  createProblemResponses,
  describeHeaders,
  UNMATCHED_ROUTE_CODES,
  TICKET_CODES,
  WATCH_CODES,
} from './problem-responses.js';
import type { Schema } from './json-schema.js';
import { SCHEMAS } from './schemas.js';

const DESCRIPTION = `Live business counters: change them over HTTP, and every open dashboard shows the new values at once.

A change is answered with 2xx once it is durable. With an \`Idempotency-Key\` it counts once, however often its sender sends it.
\`GET\` of a dashboard returns its snapshot; the same URL streams it over WebSocket or as server-sent events, which
[asyncapi.json](./asyncapi.json) describes. Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`.`;

const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A token from `READ_TOKENS`, `WRITE_TOKENS` or `ADMIN_TOKENS`, or a JWT of `JWT_ISSUER`. Not needed for what `ALLOW_ANONYMOUS` allows.',
  },
};
const RIGHT_NAMES = { read: 'watch and read', write: 'change counters', admin: 'define and delete' } as const;

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

type RouteHandler = (...args: never[]) => unknown;

/** Handlers that already have Swagger's decorators. Several applications in one process share them. */
const decoratedHandlers = new WeakSet<RouteHandler>();

/** Returns the document of an application. */
export function createOpenApi(app: INestApplication, version: string): OpenAPIObject {
  const info = { title: 'Tallyboard', description: DESCRIPTION, version, license: { name: 'MIT', identifier: 'MIT' } };
  // The server URL is relative, so that it holds behind any prefix that a proxy strips.
  const baseDocument = { openapi: '3.1.1', info, servers: [{ url: './' }], tags: API_TAGS.map((name) => ({ name })) };
  decorateHandlers(app);
  const document = SwaggerModule.createDocument(app, baseDocument, {
    onlyIncludeDecoratedEndpoints: true,
    autoTagControllers: false,
    operationIdFactory: (controller, method) => controller.replace('Controller', '').toLowerCase() + upperFirst(method),
  });
  const codes = [...COMMON_CODES, ...AUTH_CODES, ...TICKET_CODES, ...WATCH_CODES, ...UNMATCHED_ROUTE_CODES];
  const responses = Object.fromEntries(codes.map((code) => [code, createProblemResponse([code])]));
  describePathParameters(document);
  const shared = extractSharedResponses(document);
  return {
    ...document,
    components: { schemas: SCHEMAS, responses: { ...responses, ...shared }, securitySchemes: SECURITY_SCHEMES },
  } as OpenAPIObject;
}

/** Applies Swagger's decorators to each documented handler, once: a second call would add to its metadata again. */
function decorateHandlers(app: INestApplication): void {
  const reflector = app.get(Reflector);
  const scanner = new MetadataScanner();
  for (const { metatype } of app.get(DiscoveryService, { strict: false }).getControllers()) {
    const prototype = (metatype as Type).prototype as Readonly<Record<string, RouteHandler>>;
    for (const name of scanner.getAllMethodNames(prototype)) {
      const handler = prototype[name];
      const docs = handler && reflector.get<RouteDocs | undefined>(ROUTE_DOCS, handler);
      if (!handler || !docs || decoratedHandlers.has(handler)) continue;
      decoratedHandlers.add(handler);
      applyDecorators(...createDecorators(docs))(prototype, name, { value: handler });
    }
  }
}

/** Adds descriptions and schemas to path parameters, of which Nest knows only the names. */
function describePathParameters({ paths }: OpenAPIObject): void {
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path) as Operation[])) {
    for (const parameter of operation.parameters ?? []) {
      if (!('in' in parameter) || parameter.in !== 'path') continue;
      const { description, ...schema } = getSchema(PATH_PARAMETERS, parameter.name);
      Object.assign(parameter, { description, schema });
    }
  }
}

/** Moves responses to `components`. Most routes share theirs: references shrink the document to a fifth. */
function extractSharedResponses({ paths }: OpenAPIObject): Record<string, object> {
  const operations = Object.values(paths).flatMap((path) => Object.values(path) as Operation[]);
  const names = new Map<string, string>();
  const shared: Record<string, object> = {};
  for (const { responses } of operations) {
    for (const [status, response] of Object.entries(responses)) {
      const json = JSON.stringify(response);
      const name = names.get(json) ?? `answer-${status}-${names.size}`;
      names.set(json, name);
      shared[name] = response as object;
      responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
  return shared;
}

function createDecorators(docs: RouteDocs): MethodDecorator[] {
  const { tag, summary, description, headers = [], body, bodyTypes = ['application/json'], responses } = docs;
  return [
    ApiIncludeEndpoint(),
    ApiTags(tag),
    ApiOperation({ summary, description: [description, describeRight(docs)].filter(Boolean).join('\n\n') }),
    ...(docs.role === 'none' ? [] : [ApiBearerAuth('bearer')]),
    ...createQueryDecorators(docs),
    ...[...headers, REQUEST_ID_HEADER].map((name) => createHeaderDecorator(name)),
    ...(body === undefined
      ? []
      : [ApiConsumes(...bodyTypes), ApiBody({ required: isBodyRequired(body), schema: createSchemaRef(body) })]),
    ...Object.entries(createResponses(docs, responses)).map(([status, response]) =>
      ApiResponse({ status: Number(status), ...response } as ApiResponseOptions),
    ),
  ];
}

function describeRight({ role, scope }: RouteDocs): string {
  if (role === 'none') return 'Needs no token.';
  const scopes = {
    main: 'for `main`',
    some: 'for at least one dashboard',
    all: 'for all dashboards',
    path: 'for the dashboard',
  };
  return `Needs the right \`${role}\` (${RIGHT_NAMES[role]}) ${scopes[scope ?? 'path']}.`;
}

function createResponses(
  {
    problems = [],
    problemContent = {},
    variesByAccept = false,
    role,
    acceptsTicket,
    ignoresUnknownParameters,
  }: RouteDocs,
  responses: RouteDocs['responses'],
) {
  const optionalHeaders = variesByAccept ? ['Vary'] : [];
  const documented = Object.entries(responses).map(
    ([status, response]) => [status, createResponse(response, optionalHeaders)] as const,
  );
  const authCodes = [
    ...(role === 'none' ? [] : AUTH_CODES),
    ...(acceptsTicket ? TICKET_CODES : []),
    ...(101 in responses ? WATCH_CODES : []),
    ...(ignoresUnknownParameters ? [] : (['unknown-parameter'] as const)),
    ...(role === 'write' ? (['too-many-changes'] as const) : []),
  ];
  return {
    ...createProblemResponses(
      [...COMMON_CODES, ...authCodes, ...problems],
      optionalHeaders,
      createContent(problemContent),
    ),
    ...Object.fromEntries(documented),
  };
}

function createResponse(
  { description, content, headers, optionalHeaders = [] }: RouteResponse,
  extraHeaders: readonly string[],
) {
  return {
    description,
    headers: describeHeaders(headers ?? [], [
      ...BROWSER_HEADERS,
      ...optionalHeaders,
      ...extraHeaders,
      REQUEST_ID_HEADER,
    ]),
    ...(content && { content: createContent(content) }),
  };
}

function createContent(names: Readonly<Record<string, string>>): Record<string, { schema: Schema }> {
  const refs = Object.entries(names).map(([type, name]) => [type, { schema: createSchemaRef(name) }]);
  return Object.fromEntries(refs) as Record<string, { schema: Schema }>;
}

/** A body without required properties may be omitted. */
function isBodyRequired(name: string): boolean {
  return getSchema(SCHEMAS, name)['required'] !== undefined;
}

function createSchemaRef(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function createQueryDecorators(docs: RouteDocs): MethodDecorator[] {
  return Object.entries(describeQuery(docs)).map(([name, { description, ...schema }]) =>
    ApiQuery({
      name,
      required: false,
      description: String(description),
      ...(schema['type'] === 'array' && { explode: false }),
      schema,
    } as ApiQueryOptions),
  );
}

function createHeaderDecorator(name: string): MethodDecorator {
  const { description, ...schema } = getSchema(REQUEST_HEADERS, name);
  return ApiHeader({ name, required: false, description: String(description), schema } as ApiHeaderOptions);
}
