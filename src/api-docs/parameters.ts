/** Parameters and headers, as the OpenAPI document describes them. */
import { MAX_CHANGES, NAME_PATTERN } from '../counters/counters.js';
import { BadgeQuery } from '../dashboard/routes/badge.query.js';
import { DashboardsQuery, LedgerQuery } from '../dashboard/routes/dashboard.dto.js';
import { REQUEST_ID_HEADER } from '../http/request-id.js';
import { createValidationSchema } from './validation-schema.js';
import { arrayOf, enumOf, integer, object, optional, type Schema, string } from './json-schema.js';

const TIME_FORMAT = 'ISO 8601 with a zone, or milliseconds since the Unix epoch.';
/** In a query a `+` that was not escaped is a space. */
const TIME_PATTERN = '^(\\d{1,16}|\\d{4}.*T.*(Z|[ +-]\\d{2}:?\\d{2}))$';

const COUNTERS_PARAMETER = optional(
  arrayOf(string({ pattern: NAME_PATTERN.source }), {
    minItems: 1,
    maxItems: MAX_CHANGES,
    description: 'The counters that are wanted, with commas between. Absent: all.',
  }),
);

/** Parameters of queries, in groups, each an object of them. */
export const QUERY_PARAMETERS: Readonly<Record<string, Schema>> = {
  counters: object<{ counters?: readonly string[] }>({ counters: COUNTERS_PARAMETER }),
  snapshot: object<{ counters?: readonly string[]; totals?: string; ticket?: string }>({
    counters: COUNTERS_PARAMETER,
    totals: optional(
      enumOf(['', '1', 'true'], {
        description:
          'Shows beside each value, as `added`, all that was ever added to the counter. Bare snapshots have no room for it.',
      }),
    ),
    ticket: optional(
      string({ description: 'A ticket (POST /tickets) in place of a token, for what can send no header.' }),
    ),
  }),
  health: object<{ verbose?: string }>({
    verbose: optional(string({ description: 'Tells more of the parts, whatever its value.' })),
  }),
  dashboards: createValidationSchema(DashboardsQuery, {
    limit: 'Most dashboards of the page.',
    after: 'Name of the last dashboard of the page before.',
  }),
  ledger: createValidationSchema(LedgerQuery, {
    limit: 'Most entries of the page.',
    after: 'Revision of the last entry of the page before.',
  }),
  badge: createValidationSchema(BadgeQuery, {
    label: 'Stands before the number. Absent: title or name of the counter. Empty: nothing does.',
    color: 'Colour behind the number: a name, or 3 or 6 hexadecimal digits.',
    style: 'How it is drawn.',
  }),
  history: object<{ from?: string; to?: string; step?: string }>({
    from: optional(
      string({ pattern: TIME_PATTERN, description: `Where it begins: ${TIME_FORMAT} Absent: an hour before \`to\`.` }),
    ),
    to: optional(
      string({ pattern: TIME_PATTERN, description: `Where it ends, itself not included: ${TIME_FORMAT} Absent: now.` }),
    ),
    step: optional(
      string({
        pattern: '^\\d{1,12}[smhd]?$',
        description:
          'Width of a row: milliseconds, or a number with `s`, `m`, `h` or `d`; whole seconds. Absent: chosen from the range.',
      }),
    ),
  }),
};

/** Parameters of paths. */
export const PATH_PARAMETERS: Readonly<Record<string, Schema>> = {
  dashboard: string({ pattern: NAME_PATTERN.source, description: 'Name of the dashboard.', example: 'main' }),
  counter: string({ pattern: NAME_PATTERN.source, description: 'Name of the counter.', example: 'orders' }),
  asset: string({ description: 'Name of the file.' }),
};

const REQUEST_ID_SCHEMA = string({
  pattern: '^[!-~]{1,128}$',
  description: 'By which the answer and the log lines of a request are found. Made where none is sent.',
});

/** Headers of requests. */
export const REQUEST_HEADERS: Readonly<Record<string, Schema>> = {
  'Idempotency-Key': string({
    // Bare, or as a string of RFC 9651 (3.3.3).
    pattern: '^([!#-~][!-~]{0,254}|"([!#-\\[\\]-~]|\\\\["\\\\]){1,255}")$',
    description:
      '1 to 255 visible ASCII characters, bare or in double quotes. A change under the same key counts once, however often it is sent.',
    example: 'order-4711',
  }),
  'If-None-Match': string({ description: 'The ETag of what the client has: 304 when it is still so.' }),
  [REQUEST_ID_HEADER]: REQUEST_ID_SCHEMA,
  'Last-Event-ID': string({ description: 'Of a stream: the id of the last event that the client has.' }),
};

/** Headers of answers. */
export const RESPONSE_HEADERS: Readonly<Record<string, Schema>> = {
  'Access-Control-Allow-Origin': string({
    description: 'Pages of this origin, or of any, may read it.',
    pattern: '^(\\*|https?://.+)$',
  }),
  'Access-Control-Expose-Headers': string({ description: 'What pages of allowed origins may read.' }),
  Allow: string({ description: 'The methods that the address answers to.', pattern: '^[A-Z]+(, [A-Z]+)*$' }),
  'Cache-Control': string({ description: 'How long the answer may be kept.' }),
  'Content-Encoding': string({ description: 'How the body is compressed.', enum: ['br', 'gzip'] }),
  'Content-Security-Policy': string({ description: 'What it may load, if anything.' }),
  'Cross-Origin-Opener-Policy': string({
    description: 'A page of another origin that opens it learns nothing.',
    const: 'same-origin',
  }),
  'Cross-Origin-Resource-Policy': string({
    description: 'Pages of which sites may load it as a part of theirs.',
    enum: ['same-origin', 'cross-origin'],
  }),
  ETag: string({ description: 'Of which state the answer is, for `If-None-Match`.', pattern: '^"[!#-~]+"$' }),
  'Idempotent-Replayed': string({ description: 'The outcome of an earlier change under the same key.', const: 'true' }),
  Link: string({ description: 'The next page (RFC 8288), as long as there is one.', pattern: '^<\\?.+>; rel="next"$' }),
  RateLimit: string({
    description: 'How many changes are left, and for how many seconds (draft-ietf-httpapi-ratelimit-headers-10).',
    pattern: '^"changes";r=\\d+;t=\\d+$',
  }),
  'RateLimit-Policy': string({
    description: 'How many changes in how many seconds.',
    pattern: '^"changes";q=\\d+;w=\\d+$',
  }),
  'Referrer-Policy': string({ description: 'What the page loads is not told of the page.', const: 'no-referrer' }),
  'Retry-After': integer({ minimum: 1, description: 'Seconds after which a retry makes sense.' }),
  'Sec-WebSocket-Accept': string({ description: 'RFC 6455, 4.2.2.' }),
  'Sec-WebSocket-Protocol': string({ description: 'The subprotocol that was chosen.', const: 'tallyboard.v1' }),
  'Sec-WebSocket-Version': string({ description: 'The version that is spoken.', const: '13' }),
  Upgrade: string({ description: 'The protocol that is gone over to.', const: 'websocket' }),
  Vary: string({
    description: 'The answer depends on these headers.',
    pattern: '^(Accept|Accept-Encoding|Origin)(, (Accept|Accept-Encoding|Origin))*$',
  }),
  'WWW-Authenticate': string({ description: 'How to ask again (RFC 6750).', pattern: '^Bearer realm="tallyboard"' }),
  'X-Accel-Buffering': string({ description: 'Proxies pass each piece on at once.', const: 'no' }),
  'X-Content-Type-Options': string({ description: 'The type is as it says.', const: 'nosniff' }),
  'X-Frame-Options': string({ description: 'It is shown in no frame of another origin.', const: 'SAMEORIGIN' }),
  [REQUEST_ID_HEADER]: REQUEST_ID_SCHEMA,
};

/** What a table says of a name. @throws Error when it says nothing: a document would have a hole */
export function getSchema(table: Readonly<Record<string, Schema>>, name: string): Schema {
  const schema = table[name];
  if (!schema) throw new Error(`${name} is not described`);
  return schema;
}
