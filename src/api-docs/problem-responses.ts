/** Problem responses of the OpenAPI document: one per status, with its possible codes. */
import { ERROR_CATALOG } from '../counters/error-catalog.js';
import type { ErrorCode } from '../counters/errors.js';
import { REQUEST_ID_HEADER } from '../http/request-id.js';
import { getSchema, RESPONSE_HEADERS } from './parameters.js';
import { createSchemaRef, enumOf, type Schema } from './json-schema.js';

/** Codes of all routes: the request is invalid or incomplete, or the service is overloaded, stopping or failed. */
export const COMMON_CODES: readonly ErrorCode[] = [
  'invalid-request',
  'request-timeout',
  'token-in-address',
  'body-too-large',
  'unsupported-media-type',
  'expectation-failed',
  'headers-too-large',
  'internal-error',
  // Too many reads wait on one connection.
  'overloaded',
  'stopping',
  'relay-loop',
];
/** Additional codes of routes that need a right. */
export const AUTH_CODES: readonly ErrorCode[] = [
  'token-required',
  'token-invalid',
  'forbidden',
  'origin-not-allowed',
  'host-not-allowed',
  'too-many-failures',
  'issuer-unavailable',
];
/** Additional codes of routes that can be watched. */
export const WATCH_CODES: readonly ErrorCode[] = ['too-many-upgrades', 'too-many-from-address'];
/** Codes of routes that take a ticket in place of a token. */
export const TICKET_CODES: readonly ErrorCode[] = ['ticket-invalid'];
/** Codes of requests that match no route. */
export const UNMATCHED_ROUTE_CODES: readonly ErrorCode[] = ['unknown-route', 'method-not-allowed'];

type ResponseContent = Readonly<Record<string, { readonly schema: Schema }>>;

interface HeaderObject {
  readonly description: string;
  readonly required: boolean;
  readonly schema: Schema;
}

/** Schema of the problems of one response. Many tools ignore keywords beside `$ref`, so both parts are members. */
interface ProblemSchema extends Schema {
  readonly allOf: readonly [
    Schema,
    { readonly properties: { readonly code: { readonly enum: readonly ErrorCode[] } } },
  ];
}

export interface ResponseObject {
  readonly description: string;
  readonly headers: Readonly<Record<string, HeaderObject | { readonly $ref: string }>>;
  readonly content?: ResponseContent;
}

/** Returns the header of a schema, which has its description. */
export function describeHeader({ description, ...schema }: Schema, required: boolean): HeaderObject {
  return { description: String(description), required, schema };
}

/**
 * Optional headers are the same everywhere, so they are references.
 * @param required headers of every response
 * @param optional headers of some responses
 */
export function describeHeaders(
  required: readonly string[],
  optional: readonly string[] = [],
): ResponseObject['headers'] {
  const references = optional.map((name) => [name, { $ref: `#/components/headers/${name}` }] as const);
  const headers = required.map((name) => [name, describeHeader(getSchema(RESPONSE_HEADERS, name), true)] as const);
  return Object.fromEntries<HeaderObject | { readonly $ref: string }>([...references, ...headers]);
}

/**
 * Returns the responses for these codes, by status.
 * @param optionalHeaders additional headers of some responses
 * @param otherContent representations beside the problem document
 */
export function createProblemResponses(
  codes: readonly ErrorCode[],
  optionalHeaders: readonly string[],
  otherContent: ResponseContent = {},
): Record<string, ResponseObject> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { status } = ERROR_CATALOG[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [status, createProblemResponse(status, list, optionalHeaders, otherContent)]),
  );
}

/** Returns the response for codes of one status. */
function createProblemResponse(
  status: number,
  codes: readonly ErrorCode[],
  optionalHeaders: readonly string[],
  otherContent: ResponseContent,
): ResponseObject {
  const descriptions = codes.map((code) => `\`${code}\`: ${ERROR_CATALOG[code].title}. ${ERROR_CATALOG[code].remedy}`);
  const retryHeaders = codes.every((code) => 'retryAfterS' in ERROR_CATALOG[code]) ? ['Retry-After'] : [];
  const codeHeaders = [...new Set(codes.flatMap((code) => HEADERS_BY_CODE[code] ?? []))];
  const required = codeHeaders.filter((name) => codes.every((code) => HEADERS_BY_CODE[code]?.includes(name)));
  const optional = codeHeaders.filter((name) => !required.includes(name));
  // A refusal that was stored under an idempotency key is replayed like an outcome.
  const replayHeaders = codes.some((code) => REPLAYABLE_CODES.has(code)) ? ['Idempotent-Replayed'] : [];
  const challengeHeaders = codes.includes('forbidden') ? ['WWW-Authenticate'] : [];
  const schema = {
    allOf: [
      createSchemaRef('Problem'),
      {
        type: 'object',
        properties: { status: { type: 'integer', const: status }, code: enumOf(codes) },
        required: ['status', 'code'],
      },
    ],
  };
  return {
    description: descriptions.join('\n\n'),
    headers: describeHeaders(
      ['Cache-Control', REQUEST_ID_HEADER, ...retryHeaders, ...required],
      [...optional, ...replayHeaders, ...challengeHeaders, ...BROWSER_HEADERS, ...optionalHeaders],
    ),
    content: { 'application/problem+json': { schema }, ...otherContent },
  };
}

/** Returns the codes of a problem response. Empty for any other response. */
export function listProblemCodes({ content }: ResponseObject): readonly ErrorCode[] {
  const schema = content?.['application/problem+json']?.schema as ProblemSchema | undefined;
  return schema?.allOf[1].properties.code.enum ?? [];
}

/** Optional headers of every response: CORS, and the security headers that browsers get. */
export const BROWSER_HEADERS = [
  'Access-Control-Allow-Origin',
  'Access-Control-Expose-Headers',
  'Vary',
  'Content-Security-Policy',
  'Cross-Origin-Opener-Policy',
  'Cross-Origin-Resource-Policy',
  'Referrer-Policy',
  'X-Content-Type-Options',
  'X-Frame-Options',
] as const;

const REPLAYABLE_CODES: ReadonlySet<ErrorCode> = new Set([
  'nothing-to-remove',
  'counter-full',
  'already-undone',
  'not-undoable',
]);
const HEADERS_BY_CODE: { readonly [code in ErrorCode]?: readonly string[] } = {
  'method-not-allowed': ['Allow'],
  'token-required': ['WWW-Authenticate'],
  'token-invalid': ['WWW-Authenticate'],
  'ticket-invalid': ['WWW-Authenticate'],
  'signature-invalid': ['WWW-Authenticate'],
  'too-many-changes': ['RateLimit', 'RateLimit-Policy'],
  'upgrade-required': ['Upgrade', 'Sec-WebSocket-Version'],
};
