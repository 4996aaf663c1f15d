/** Validates requests and responses of a service against its OpenAPI document. */
import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

type Schema = Readonly<Record<string, unknown>>;
type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface HeaderDocs {
  readonly required?: boolean;
  readonly schema: Schema;
}

interface ResponseDocs {
  readonly headers?: Readonly<Record<string, HeaderDocs | Reference>>;
  readonly content?: Content;
}

/** Reference to a response or a header that several routes share. */
interface Reference {
  readonly $ref: string;
}

interface Operation {
  readonly description?: string;
  readonly responses: Readonly<Record<string, ResponseDocs | Reference>>;
  readonly requestBody?: { readonly content: Content };
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly responses: Readonly<Record<string, ResponseDocs>>;
    readonly headers: Readonly<Record<string, HeaderDocs>>;
  };
  /** Responses to requests that match no operation, by status. */
  readonly 'x-unmatched-requests': Readonly<Record<string, ResponseDocs>>;
}

/** The parts of a request that its response depends on. */
export interface CheckedRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  /** True for a WebSocket handshake, which is decided before any route. */
  readonly handshake?: boolean;
  readonly body?: string;
}

export interface CheckedResponse {
  readonly status: number;
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Not validated if absent. */
  readonly body?: string;
}

/** Headers of the connection or of a proxy, which the document does not list. */
const TRANSPORT_HEADERS = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'server',
  'sl-violations',
  'transfer-encoding',
]);

const documentDirectory = process.env['TEST_DOCUMENTS'] ?? '';
/** Reads a document that `api-docs-global.mjs` has written from the built service. */
export function readDocument(name: 'openapi.json' | 'asyncapi.json'): object {
  return JSON.parse(readFileSync(join(documentDirectory, name), 'utf8')) as object;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
const compiled = new Map<Schema, ValidateFunction>();

/**
 * Validates a value against a schema.
 * @param components targets of the schema's references
 * @returns the faults as one line, or undefined if the value is valid
 */
export function findSchemaFault(value: unknown, schema: Schema, components: object): string | undefined {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile({ ...schema, components });
    compiled.set(schema, validate);
  }
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

/**
 * Compares a response with the document.
 * @param request undefined for a malformed request, whose response must be one of those without an operation
 * @returns one line per deviation
 */
export function findResponseFaults(
  document: OpenApi,
  request: CheckedRequest | undefined,
  response: CheckedResponse,
): string[] {
  const operation = request && findOperation(document, request);
  const documented =
    resolve(document.components.responses, operation?.responses[response.status]) ??
    (operation && !request?.handshake ? undefined : document['x-unmatched-requests'][response.status]);
  if (!documented) return [`the status ${response.status} ${STATUS_CODES[response.status]} is not documented`];
  return [
    ...findHeaderFaults(document, documented, response),
    ...(request?.method === 'HEAD' ? [] : findContentFaults(document, documented, response)),
    ...findAllowFaults(document, request, response),
    ...(operation && request ? findRequestFaults(document, operation, request, response) : []),
  ];
}

/** Follows a reference to one of the components of a kind. */
function resolve<T extends object>(components: Readonly<Record<string, T>>, part: T | Reference): T;
function resolve<T extends object>(
  components: Readonly<Record<string, T>>,
  part: T | Reference | undefined,
): T | undefined;
function resolve<T extends object>(
  components: Readonly<Record<string, T>>,
  part: T | Reference | undefined,
): T | undefined {
  if (!part || !('$ref' in part)) return part;
  return components[part.$ref.slice(part.$ref.lastIndexOf('/') + 1)];
}

/** Path patterns of each document, those with the fewest parameters first. */
const pathPatterns = new WeakMap<OpenApi, (readonly [path: string, pattern: RegExp])[]>();

function findPath(document: OpenApi, path: string): string | undefined {
  let patterns = pathPatterns.get(document);
  if (!patterns) {
    const paths = Object.keys(document.paths);
    const sorted = paths.toSorted((a, b) => a.split('{').length - b.split('{').length);
    patterns = sorted.map(
      (template) => [template, new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`)] as const,
    );
    pathPatterns.set(document, patterns);
  }
  // The only route that answers with a slash at its end too. The document has it once.
  const pathname = path.split('?', 1)[0]?.replace(/^\/docs\/$/, '/docs') ?? '';
  return patterns.find(([, pattern]) => pattern.test(pathname))?.[0];
}

function findOperation(document: OpenApi, { method, path, handshake }: CheckedRequest): Operation | undefined {
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  const operation = document.paths[findPath(document, path) ?? '']?.[verb];
  return handshake && !operation?.responses['101'] ? undefined : operation;
}

function findHeaderFaults(
  { components }: OpenApi,
  { headers = {} }: ResponseDocs,
  response: CheckedResponse,
): string[] {
  const documented = new Map(
    Object.entries(headers).map(([name, header]) => [name.toLowerCase(), resolve(components.headers, header)]),
  );
  const missing = [...documented].filter(
    ([name, { required }]) => required && response.headers[name] === undefined && !isConsumedByProxy(name, response),
  );
  const present = Object.entries(response.headers).flatMap(([name, value]) => {
    if (TRANSPORT_HEADERS.has(name)) return [];
    const header = documented.get(name);
    if (!header) return [`the header ${name} is not documented`];
    const parsedValue = header.schema['type'] === 'integer' ? Number(value) : value;
    const fault = findSchemaFault(parsedValue, header.schema, {});
    return fault ? [`the header ${name}: ${value} is not as documented: ${fault}`] : [];
  });
  return [...missing.map(([name]) => `the header ${name} is missing`), ...present];
}

/** True for a header that nginx obeys and does not forward. */
function isConsumedByProxy(name: string, { headers }: CheckedResponse): boolean {
  return name === 'x-accel-buffering' && headers['server']?.startsWith('nginx') === true;
}

function findContentFaults(
  { components }: OpenApi,
  { content = {} }: ResponseDocs,
  { headers, body }: CheckedResponse,
): string[] {
  const type = parseMediaType(headers['content-type']);
  if (type === undefined) {
    const documentedTypes = Object.keys(content);
    return documentedTypes.length === 0 && !body
      ? []
      : [`there is no Content-Type, and it should be ${documentedTypes.join(' or ')}`];
  }
  const schema = content[type]?.schema;
  if (!schema) return [`the type ${type} is not documented`];
  if (body === undefined) return [];
  return parseValues(type, body).flatMap((value) => {
    const fault = findSchemaFault(value, schema, components);
    return fault ? [`${JSON.stringify(value)} is not as documented: ${fault}`] : [];
  });
}

function parseMediaType(contentType: string | undefined): string | undefined {
  return contentType?.split(';', 1)[0]?.trim();
}

/** Parses the values of a body: one per line for NDJSON, otherwise a single one. */
function parseValues(type: string, body: string): unknown[] {
  if (type.endsWith('ndjson')) return body.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  return [type.endsWith('json') ? JSON.parse(body) : body];
}

/** Checks that `Allow` of a 405 lists exactly the documented methods of the path, with `HEAD` and `OPTIONS`. */
function findAllowFaults(
  document: OpenApi,
  request: CheckedRequest | undefined,
  { status, headers }: CheckedResponse,
): string[] {
  const path = request && !request.handshake && findPath(document, request.path);
  if (status !== 405 || !path) return [];
  const operations = Object.keys(document.paths[path] ?? {}).map((method) => method.toUpperCase());
  const documented = [...operations, ...(operations.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
  const allowed = headers['allow']?.split(', ') ?? [];
  const isEqual = documented.toSorted().join() === allowed.toSorted().join();
  return isEqual ? [] : [`Allow is ${allowed.join()}, and documented are ${documented.join()}`];
}

/** Checks that the service accepts only valid bodies, and that it rejects no valid body for its shape. */
function findRequestFaults(
  { components }: OpenApi,
  operation: Operation,
  request: CheckedRequest,
  response: CheckedResponse,
): string[] {
  const schema = operation.requestBody?.content['application/json']?.schema;
  if (!schema || !request.body || response.body === undefined) return [];
  if (response.status < 300) {
    const fault = findSchemaFault(JSON.parse(request.body), schema, components);
    return fault ? [`${request.body} was accepted, but the document does not allow it: ${fault}`] : [];
  }
  if (response.status !== 400 || !/"pointer":"\//.test(response.body)) return [];
  // A schema cannot say that the parts of a definition contradict each other, that a rule does not fit the dashboard,
  // or what a patch leads to.
  if (request.method === 'PATCH' || /"detail":"the (definition|rule) is invalid/.test(response.body)) return [];
  const allowed = findSchemaFault(JSON.parse(request.body), schema, components) === undefined;
  return allowed ? [`${request.body} was rejected for its shape, but the document allows it`] : [];
}
