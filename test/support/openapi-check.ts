/** Holds what a service answers against its OpenAPI document. What is not as documented fails the test that got it. */
import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

type Schema = Readonly<Record<string, unknown>>;
type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface ResponseDocs {
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: Schema }>>;
  readonly content?: Content;
}

/** To a response that several routes share. */
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
  readonly components: { readonly responses: Readonly<Record<string, ResponseDocs>> };
}

/** The schema of a problem of one status. */
interface ProblemSchema {
  readonly properties: { readonly status: { readonly const: number } };
}

/** A request, as far as its answer depends on it. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** True for a WebSocket handshake, which is decided before any route. */
  readonly handshake?: boolean;
  readonly body?: string;
}

export interface Answered {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: not looked at. */
  readonly body?: string;
}

/** Headers of the connection, or of a proxy on the way, not of the answer. */
const TRANSPORT = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'server',
  'transfer-encoding',
]);

const directory = process.env['TEST_DOCUMENTS'] ?? '';
/** A document, as the built service gives it. */
export function readDocument(name: 'openapi.json' | 'asyncapi.json'): object {
  return JSON.parse(readFileSync(join(directory, name), 'utf8')) as object;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
const compiled = new Map<Schema, ValidateFunction>();

/** What is wrong with a value by a schema whose references are into these components, as one line; undefined when nothing is. */
export function faultOf(value: unknown, schema: Schema, components: object): string | undefined {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile({ ...schema, components });
    compiled.set(schema, validate);
  }
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

/** All that is not as the document says, a line each. Without a request the answer is one that any address can give. */
export function faultsOf(document: OpenApi, asked: Asked | undefined, answered: Answered): string[] {
  const operation = asked && operationOf(document, asked);
  const response =
    resolved(document, operation?.responses[answered.status]) ?? elsewhere(document, asked, operation, answered.status);
  if (!response) return [`the status ${answered.status} ${STATUS_CODES[answered.status]} is not documented`];
  return [
    ...headerFaults(response, answered),
    ...(asked?.method === 'HEAD' ? [] : contentFaults(document, response, answered)),
    ...allowFaults(document, asked, answered),
    ...(operation && asked ? requestFaults(document, operation, asked, answered) : []),
  ];
}

function resolved({ components }: OpenApi, response: ResponseDocs | Reference | undefined): ResponseDocs | undefined {
  if (!response || !('$ref' in response)) return response;
  return components.responses[response.$ref.slice('#/components/responses/'.length)];
}

/** Patterns of the paths by document: those with the fewest parameters first. */
const patterns = new WeakMap<OpenApi, (readonly [path: string, pattern: RegExp])[]>();

function pathOf(document: OpenApi, path: string): string | undefined {
  let known = patterns.get(document);
  if (!known) {
    const paths = Object.keys(document.paths);
    const sorted = paths.toSorted((one, other) => one.split('{').length - other.split('{').length);
    known = sorted.map((one) => [one, new RegExp(`^${one.replaceAll(/\{\w+\}/g, '[^/]+')}$`)] as const);
    patterns.set(document, known);
  }
  const [plain = ''] = path.split('?', 1);
  return known.find(([, pattern]) => pattern.test(plain))?.[0];
}

function operationOf(document: OpenApi, { method, path, handshake }: Asked): Operation | undefined {
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  const operation = document.paths[pathOf(document, path) ?? '']?.[verb];
  return handshake && !operation?.responses['101'] ? undefined : operation;
}

/** What is answered where there is no route, or before one is looked for. */
function elsewhere(
  { components }: OpenApi,
  asked: Asked | undefined,
  operation: Operation | undefined,
  status: number,
) {
  if (operation && !asked?.handshake) return undefined;
  return Object.values(components.responses).find(({ content }) => {
    const schema = content?.['application/problem+json']?.schema as ProblemSchema | undefined;
    return schema?.properties.status.const === status;
  });
}

function headerFaults({ headers = {} }: ResponseDocs, answered: Answered): string[] {
  const documented = new Map(Object.entries(headers).map(([name, header]) => [name.toLowerCase(), header]));
  const missing = [...documented].filter(
    ([name, { required }]) => required && answered.headers[name] === undefined && !isTaken(name, answered),
  );
  const present = Object.entries(answered.headers).flatMap(([name, value]) => {
    if (TRANSPORT.has(name)) return [];
    const header = documented.get(name);
    if (!header) return [`the header ${name} is not documented`];
    const typed = header.schema['type'] === 'integer' ? Number(value) : value;
    const fault = faultOf(typed, header.schema, {});
    return fault ? [`the header ${name}: ${value} is not as documented: ${fault}`] : [];
  });
  return [...missing.map(([name]) => `the header ${name} is missing`), ...present];
}

/** nginx does as this header says, and keeps it. */
function isTaken(name: string, { headers }: Answered): boolean {
  return name === 'x-accel-buffering' && headers['server']?.startsWith('nginx') === true;
}

function contentFaults({ components }: OpenApi, { content = {} }: ResponseDocs, { headers, body }: Answered): string[] {
  const type = mediaType(headers['content-type']);
  if (type === undefined) {
    const wanted = Object.keys(content);
    return wanted.length === 0 && !body ? [] : [`there is no Content-Type, and it should be ${wanted.join(' or ')}`];
  }
  const schema = content[type]?.schema;
  if (!schema) return [`the type ${type} is not documented`];
  if (body === undefined) return [];
  return valuesOf(type, body).flatMap((value) => {
    const fault = faultOf(value, schema, components);
    return fault ? [`${JSON.stringify(value)} is not as documented: ${fault}`] : [];
  });
}

function mediaType(contentType: string | undefined): string | undefined {
  return contentType?.split(';', 1)[0]?.trim();
}

/** The values that a body holds: a line each in a stream of lines. */
function valuesOf(type: string, body: string): unknown[] {
  if (type.endsWith('ndjson')) return body.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  return [type.endsWith('json') ? JSON.parse(body) : body];
}

/** `Allow` has the methods that are documented for the address, no more and no fewer. */
function allowFaults(document: OpenApi, asked: Asked | undefined, { status, headers }: Answered): string[] {
  const path = asked && !asked.handshake && pathOf(document, asked.path);
  if (status !== 405 || !path) return [];
  const documented = Object.keys(document.paths[path] ?? {}).map((method) => method.toUpperCase());
  const allowed = headers['allow']?.split(', ') ?? [];
  const same = documented.toSorted().join() === allowed.toSorted().join();
  return same ? [] : [`Allow is ${allowed.join()}, and documented are ${documented.join()}`];
}

/** What is taken is what the document says may be sent; and what it says may be sent is not refused for its shape. */
function requestFaults({ components }: OpenApi, operation: Operation, asked: Asked, answered: Answered): string[] {
  const schema = operation.requestBody?.content['application/json']?.schema;
  if (!schema || !asked.body || answered.body === undefined) return [];
  if (answered.status < 300) {
    const fault = faultOf(JSON.parse(asked.body), schema, components);
    return fault ? [`${asked.body} was taken, and the document does not allow it: ${fault}`] : [];
  }
  if (answered.status !== 400 || !/"pointer":"\//.test(answered.body)) return [];
  const allowed = faultOf(JSON.parse(asked.body), schema, components) === undefined;
  return allowed ? [`${asked.body} was refused for its shape, and the document allows it`] : [];
}
