/** Builds the OpenAPI document from the routes that Nest knows and their `@ApiDocs()`. */
import { applyDecorators, type INestApplication, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { API_TAGS, ROUTE_DOCS, type RouteDocs } from '../http/api-docs.decorator.js';
import { CONTACT } from './contact.js';
import { createDecorators } from './operation-decorators.js';
import { getSchema, PATH_PARAMETERS, RESPONSE_HEADERS } from './parameters.js';
import {
  AUTH_CODES,
  COMMON_CODES,
  createProblemResponses,
  describeHeader,
  TICKET_CODES,
  UNMATCHED_ROUTE_CODES,
  WATCH_CODES,
} from './problem-responses.js';
import { SCHEMAS } from './schemas.js';
import { type Operation, shareProblemResponses } from './shared-responses.js';

const DESCRIPTION = `Live business counters: change them over HTTP, and every open dashboard shows the new values at once.

A change is answered with 2xx once it is durable. With an \`Idempotency-Key\` it counts once, however often its sender sends it.
\`GET\` of a dashboard returns its snapshot; the same URL streams it over WebSocket or as server-sent events, which
[asyncapi.json](./asyncapi.json) describes. Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`. Those of requests that match no
operation are in \`x-unmatched-requests\`.`;

const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A token from `READ_TOKENS`, `WRITE_TOKENS` or `ADMIN_TOKENS`, or a JWT of `JWT_ISSUER`. Not needed for what `ALLOW_ANONYMOUS` allows.',
  },
};

type RouteHandler = (...args: never[]) => unknown;

/** Handlers that already have Swagger's decorators. Several applications in one process share them. */
const decoratedHandlers = new WeakSet<RouteHandler>();

/** Returns the document of an application. */
export function createOpenApi(app: INestApplication, version: string): OpenAPIObject {
  const info = {
    title: 'Tallyboard',
    description: DESCRIPTION,
    version,
    contact: CONTACT,
    license: { name: 'MIT', identifier: 'MIT' },
  };
  const tags = Object.entries(API_TAGS).map(([name, description]) => ({ name, description }));
  // The server URL is relative, so that it holds behind any prefix that a proxy strips.
  const baseDocument = { openapi: '3.1.1', info, servers: [{ url: '.' }], tags };
  decorateHandlers(app);
  const document = SwaggerModule.createDocument(app, baseDocument, {
    onlyIncludeDecoratedEndpoints: true,
    autoTagControllers: false,
  });
  const paths = withoutSlashAliases(document.paths);
  describePathParameters(paths);
  const responses = shareProblemResponses(Object.values(paths).flatMap(listOperations));
  const unmatched = createProblemResponses(
    [...COMMON_CODES, ...AUTH_CODES, ...TICKET_CODES, ...WATCH_CODES, ...UNMATCHED_ROUTE_CODES],
    [],
  );
  return {
    ...document,
    paths,
    'x-unmatched-requests': unmatched,
    components: {
      schemas: SCHEMAS,
      responses,
      headers: createSharedHeaders([paths, responses, unmatched]),
      securitySchemes: SECURITY_SCHEMES,
    },
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

/** Leaves out `/docs/`, which answers like `/docs`: linters refuse paths with a slash at their end. */
function withoutSlashAliases(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
  return Object.fromEntries(Object.entries(paths).filter(([path]) => path === '/' || !path.endsWith('/')));
}

function listOperations(path: OpenAPIObject['paths'][string]): Operation[] {
  return Object.values(path) as Operation[];
}

/** Describes the parameters in the template of each path. Nest knows the names of some only. */
function describePathParameters(paths: OpenAPIObject['paths']): void {
  for (const [path, operations] of Object.entries(paths)) {
    const parameters = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => {
      const { description, example, ...schema } = getSchema(PATH_PARAMETERS, name);
      return { name, in: 'path', required: true, description: String(description), example, schema };
    });
    for (const operation of listOperations(operations)) {
      const others = (operation.parameters ?? []).filter(
        (parameter) => !('in' in parameter) || parameter.in !== 'path',
      );
      operation.parameters = [...parameters, ...others] as typeof others;
    }
  }
}

/** Returns the headers that these parts of the document refer to. */
function createSharedHeaders(parts: readonly object[]): Record<string, object> {
  const references = JSON.stringify(parts).matchAll(/"#\/components\/headers\/([\w-]+)"/g);
  const names = new Set(Array.from(references, ([, name = '']) => name));
  return Object.fromEntries([...names].map((name) => [name, describeHeader(getSchema(RESPONSE_HEADERS, name), false)]));
}
