/** Problems as the OpenAPI document lists them: by status, with the codes that each can carry. */
import { ERROR_CATALOG } from '../counters/error-catalog.js';
import type { ErrorCode } from '../counters/errors.js';
import { REQUEST_ID_HEADER } from '../http/request-id.js';
import { ANSWER_HEADERS, described } from './parameters.js';
import type { Schema } from './json-schema.js';

/** What any route can answer: the request did not arrive whole, the service stops, or it failed. */
export const ANYWHERE: readonly ErrorCode[] = [
  'invalid-request',
  'request-timeout',
  'token-in-address',
  'body-too-large',
  'unsupported-media-type',
  'expectation-failed',
  'headers-too-large',
  'internal-error',
  'stopping',
];
/** What a route that asks for a right can answer beside. */
export const GUARDED: readonly ErrorCode[] = [
  'token-required',
  'token-invalid',
  'forbidden',
  'origin-not-allowed',
  'host-not-allowed',
  'too-many-failures',
  'issuer-unavailable',
];
/** What is answered to who would watch, beside. */
export const WATCHING: readonly ErrorCode[] = ['ticket-invalid', 'too-many-upgrades', 'too-many-from-address'];
/** What is answered where there is no route. */
export const NOWHERE: readonly ErrorCode[] = ['unknown-route', 'method-not-allowed'];

export interface ResponseDocs {
  readonly description: string;
  readonly headers: Readonly<Record<string, { readonly required: boolean; readonly schema: Schema }>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

/** Describes headers: those that always come, and those that may. */
export function headersOf(always: readonly string[], sometimes: readonly string[] = []): ResponseDocs['headers'] {
  const entries = [...always, ...sometimes].map((name) => {
    const { description, ...schema } = described(ANSWER_HEADERS, name);
    return [name, { description, required: always.includes(name), schema }] as const;
  });
  return Object.fromEntries(entries);
}

/** The responses for these codes, by status. @param mayHave headers that some of the answers have */
export function problemResponses(
  codes: readonly ErrorCode[],
  mayHave: readonly string[],
): Record<string, ResponseDocs> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { status } = ERROR_CATALOG[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries([...byStatus].map(([status, list]) => [status, problemResponse(list, mayHave)]));
}

/** The response for codes of one status. */
export function problemResponse(codes: readonly ErrorCode[], mayHave: readonly string[] = []): ResponseDocs {
  const lines = codes.map((code) => `\`${code}\`: ${ERROR_CATALOG[code].title}. ${ERROR_CATALOG[code].remedy}`);
  const retry = codes.every((code) => 'retryAfterS' in ERROR_CATALOG[code]) ? ['Retry-After'] : [];
  const own = [...new Set(codes.flatMap((code) => HEADERS[code] ?? []))];
  const always = own.filter((name) => codes.every((code) => HEADERS[code]?.includes(name)));
  const sometimes = own.filter((name) => !always.includes(name));
  // An outcome that is remembered under a key is a problem as well.
  const remembered = codes.some((code) => REMEMBERED.has(code)) ? ['Idempotent-Replayed'] : [];
  const challenge = codes.includes('forbidden') ? ['WWW-Authenticate'] : [];
  const statuses = codes.map((code) => ERROR_CATALOG[code].status);
  const schema = {
    $ref: '#/components/schemas/Problem',
    properties: { status: { const: statuses[0] }, code: { enum: codes } },
  };
  return {
    description: lines.join('\n\n'),
    headers: headersOf(
      ['Cache-Control', REQUEST_ID_HEADER, ...retry, ...always],
      [...sometimes, ...remembered, ...challenge, ...FOR_BROWSERS, ...mayHave],
    ),
    content: { 'application/problem+json': { schema } },
  };
}

/** What browsers are told with every answer, and what beside it for pages of allowed origins. */
export const FOR_BROWSERS = [
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

const REMEMBERED: ReadonlySet<ErrorCode> = new Set(['nothing-to-remove', 'counter-full']);
const HEADERS: { readonly [code in ErrorCode]?: readonly string[] } = {
  'method-not-allowed': ['Allow'],
  'token-required': ['WWW-Authenticate'],
  'token-invalid': ['WWW-Authenticate'],
  'ticket-invalid': ['WWW-Authenticate'],
  'too-many-changes': ['RateLimit', 'RateLimit-Policy'],
  'upgrade-required': ['Upgrade', 'Sec-WebSocket-Version'],
};
