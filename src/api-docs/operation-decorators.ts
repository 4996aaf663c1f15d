/** Translates `@ApiDocs()` into the decorators that Swagger reads. */
import {
  ApiBody,
  ApiConsumes,
  ApiHeader,
  type ApiHeaderOptions,
  ApiIncludeEndpoint,
  ApiOperation,
  type ApiOperationOptions,
  ApiQuery,
  type ApiQueryOptions,
  ApiResponse,
  type ApiResponseOptions,
  ApiTags,
} from '@nestjs/swagger';
import type { RouteDocs, RouteResponse } from '../http/api-docs.decorator.js';
import { REQUEST_ID_HEADER } from '../http/request-id.js';
import { createSchemaRef, type Schema } from './json-schema.js';
import { describeQuery, getSchema, REQUEST_HEADERS } from './parameters.js';
import {
  AUTH_CODES,
  BROWSER_HEADERS,
  COMMON_CODES,
  createProblemResponses,
  describeHeaders,
  TICKET_CODES,
  WATCH_CODES,
} from './problem-responses.js';
import { SCHEMAS } from './schemas.js';

const RIGHT_NAMES = { read: 'watch and read', write: 'change counters', admin: 'define and delete' } as const;

/** Returns the decorators of Swagger for a route. Its path parameters are not among them. */
export function createDecorators(docs: RouteDocs): MethodDecorator[] {
  const { operationId, tag, summary, description, role, headers = [], responses } = docs;
  return [
    ApiIncludeEndpoint(),
    ApiTags(tag),
    ApiOperation({
      operationId,
      summary,
      description: [description, describeRight(docs)].filter(Boolean).join('\n\n'),
      // The empty requirement says that nothing is needed. By it alone, a client that sends its token would do wrong.
      security: [...(role === 'none' ? [{}] : []), { bearer: [] }],
      ...createMixedBody(docs),
    }),
    ...createQueryDecorators(docs),
    ...[...headers, REQUEST_ID_HEADER].map((name) => createHeaderDecorator(name)),
    ...createBodyDecorators(docs),
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

function createBodyDecorators({ body, bodyTypes = ['application/json'], otherBodies }: RouteDocs): MethodDecorator[] {
  if (body === undefined || otherBodies) return [];
  return [ApiConsumes(...bodyTypes), ApiBody({ required: isBodyRequired(body), schema: createSchemaRef(body) })];
}

/** Describes bodies whose formats differ in their schemas. Swagger's decorators of a body know one schema for all. */
function createMixedBody({ body, bodyTypes = [], otherBodies }: RouteDocs): ApiOperationOptions {
  if (body === undefined || !otherBodies) return {};
  const content = createContent({ ...Object.fromEntries(bodyTypes.map((type) => [type, body])), ...otherBodies });
  return { requestBody: { required: isBodyRequired(body), content } } as ApiOperationOptions;
}

/** A body without required properties may be omitted. */
function isBodyRequired(name: string): boolean {
  return getSchema(SCHEMAS, name)['required'] !== undefined;
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
