/** The OpenAPI document: what Nest knows of the routes, and what `@Documented()` says of them. Loaded when it is asked for. */
import { applyDecorators, type INestApplication } from '@nestjs/common';
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
import { type RouteResponse, findDocumentedRoutes, type RouteDocs, API_TAGS } from '../http/api-docs.decorator.js';
import { REQUEST_ID_HEADER } from '../http/request-id.js';
import { described, PATH_PARAMETERS, QUERIES, REQUEST_HEADERS } from './parameters.js';
import {
  ANYWHERE,
  FOR_BROWSERS,
  GUARDED,
  headersOf,
  NOWHERE,
  problemResponse,
  problemResponses,
  WATCHING,
} from './problem-responses.js';
import type { Schema } from './json-schema.js';
import { SCHEMAS } from './schemas.js';

const DESCRIPTION = `Keeps live business counters and shows them to everyone who is watching, now.

A 2xx to a change is sent when the change is on the disk. With an \`Idempotency-Key\` it counts once, however often it is sent.
\`GET\` of a dashboard is its snapshot; the same address is watched over WebSocket or server-sent events, which
[asyncapi.json](./asyncapi.json) describes. Errors are \`application/problem+json\` (RFC 9457), each with a \`code\` that stays.`;

const SECURITY = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A token of READ_TOKENS, WRITE_TOKENS or ADMIN_TOKENS, or a JWT of the issuer. Where ALLOW_ANONYMOUS says so, none is needed.',
  },
};
/** What a right is called in the document. */
const RIGHTS = { read: 'watch and read', write: 'change counts', admin: 'define and delete' } as const;

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** Swagger's decorators keep what they are told with the handler: they are told once, however many applications there are. */
for (const [handler, docs] of findDocumentedRoutes()) {
  applyDecorators(...decoratorsOf(docs))({}, handler.name, { value: handler });
}

/** The document of an application. */
export function openApiOf(app: INestApplication, version: string): OpenAPIObject {
  const info = { title: 'Tallyboard', description: DESCRIPTION, version, license: { name: 'MIT', identifier: 'MIT' } };
  // The address of the server is relative: right behind any prefix that a proxy takes off.
  const head = { openapi: '3.1.1', info, servers: [{ url: './' }], tags: API_TAGS.map((name) => ({ name })) };
  const document = SwaggerModule.createDocument(app, head, {
    onlyIncludeDecoratedEndpoints: true,
    autoTagControllers: false,
    operationIdFactory: (controller, method) => controller.replace('Controller', '').toLowerCase() + upperFirst(method),
  });
  const codes = [...ANYWHERE, ...GUARDED, ...WATCHING, ...NOWHERE];
  const responses = Object.fromEntries(codes.map((code) => [code, problemResponse([code])]));
  describePaths(document);
  const shared = shareResponses(document);
  return {
    ...document,
    components: { schemas: SCHEMAS, responses: { ...responses, ...shared }, securitySchemes: SECURITY },
  } as OpenAPIObject;
}

/** Nest knows the names of the parameters in paths; here is known what they mean. */
function describePaths({ paths }: OpenAPIObject): void {
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path) as Operation[])) {
    for (const parameter of operation.parameters ?? []) {
      if (!('in' in parameter) || parameter.in !== 'path') continue;
      const { description, ...schema } = described(PATH_PARAMETERS, parameter.name);
      Object.assign(parameter, { description, schema });
    }
  }
}

/** Most routes answer with the same problems: each is written once and referred to, which leaves a fifth of the document. */
function shareResponses({ paths }: OpenAPIObject): Record<string, object> {
  const operations = Object.values(paths).flatMap((path) => Object.values(path) as Operation[]);
  const names = new Map<string, string>();
  const shared: Record<string, object> = {};
  for (const { responses } of operations) {
    for (const [status, response] of Object.entries(responses)) {
      const text = JSON.stringify(response);
      const name = names.get(text) ?? `answer-${status}-${names.size}`;
      names.set(text, name);
      shared[name] = response as object;
      responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
  return shared;
}

function decoratorsOf(docs: RouteDocs): MethodDecorator[] {
  const {
    tag,
    summary,
    description,
    query = [],
    headers = [],
    body,
    bodyTypes = ['application/json'],
    responses: answers,
  } = docs;
  return [
    ApiIncludeEndpoint(),
    ApiTags(tag),
    ApiOperation({ summary, description: [description, rightOf(docs)].filter(Boolean).join('\n\n') }),
    ...(docs.needs === 'nothing' ? [] : [ApiBearerAuth('bearer')]),
    ...query.flatMap(queryDecorators),
    ...[...headers, REQUEST_ID_HEADER].map((name) => headerDecorator(name)),
    ...(body === undefined
      ? []
      : [ApiConsumes(...bodyTypes), ApiBody({ required: isRequired(body), schema: refTo(body) })]),
    ...Object.entries(responsesOf(docs, answers)).map(([status, response]) =>
      ApiResponse({ status: Number(status), ...response } as ApiResponseOptions),
    ),
  ];
}

/** Which right a route asks for, in words. */
function rightOf({ needs, of }: RouteDocs): string {
  if (needs === 'nothing') return 'Needs no token.';
  const where = { main: 'of main', some: 'of a dashboard', all: 'of all dashboards', path: 'of the dashboard' };
  return `Needs the right \`${needs}\` (${RIGHTS[needs]}) ${where[of ?? 'path']}.`;
}

function responsesOf(
  { problems = [], variesByAccept: varies = false, needs, acceptsTicket: byTicket }: RouteDocs,
  answers: RouteDocs['responses'],
) {
  const mayHave = varies ? ['Vary'] : [];
  const own = Object.entries(answers).map(([status, answer]) => [status, answerResponse(answer, mayHave)] as const);
  const guarded = [
    ...(needs === 'nothing' ? [] : GUARDED),
    ...(byTicket ? WATCHING : []),
    ...(needs === 'write' ? (['too-many-changes'] as const) : []),
  ];
  return { ...problemResponses([...ANYWHERE, ...guarded, ...problems], mayHave), ...Object.fromEntries(own) };
}

function answerResponse(
  { description, content, headers, optionalHeaders: mayHave = [] }: RouteResponse,
  more: readonly string[],
) {
  return {
    description,
    headers: headersOf(headers ?? [], [...FOR_BROWSERS, ...mayHave, ...more, REQUEST_ID_HEADER]),
    ...(content && { content: contentOf(content) }),
  };
}

function contentOf(names: Readonly<Record<string, string>>): Record<string, { schema: Schema }> {
  const refs = Object.entries(names).map(([type, name]) => [type, { schema: refTo(name) }]);
  return Object.fromEntries(refs) as Record<string, { schema: Schema }>;
}

/** A body of which nothing is required may be left out. */
function isRequired(name: string): boolean {
  return described(SCHEMAS, name)['required'] !== undefined;
}

function refTo(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function queryDecorators(group: string): MethodDecorator[] {
  const parameters = described(QUERIES, group)['properties'] as Readonly<Record<string, Schema>>;
  return Object.entries(parameters).map(([name, { description, ...schema }]) =>
    ApiQuery({
      name,
      required: false,
      description: String(description),
      ...(schema['type'] === 'array' && { explode: false }),
      schema,
    } as ApiQueryOptions),
  );
}

function headerDecorator(name: string): MethodDecorator {
  const { description, ...schema } = described(REQUEST_HEADERS, name);
  return ApiHeader({ name, required: false, description: String(description), schema } as ApiHeaderOptions);
}
