/** Parameters and headers of the OpenAPI document. */
import { MAX_CHANGES, NAME_PATTERN } from '../counters/counters.js';
import { type Period, PERIODS } from '../counters/definition.js';
import { FormatQuery } from '../csv/csv-response.js';
import { BadgeQuery } from '../dashboard/routes/badge.query.js';
import { ChangedCountersQuery, CountersQuery } from '../dashboard/routes/counters.query.js';
import { DashboardsQuery, LedgerQuery } from '../dashboard/routes/dashboard.dto.js';
import { AsOfQuery, SnapshotQuery } from '../dashboard/routes/snapshot.query.js';
import { HistoryQuery } from '../history/history.query.js';
import { PeriodsQuery } from '../history/periods.query.js';
import type { RouteDocs } from '../http/api-docs.decorator.js';
import { HealthQuery } from '../http/health.query.js';
import type { DtoClass } from '../validation/validation.pipe.js';
import { REQUEST_ID_HEADER } from '../http/request-id.js';
import { createValidationSchema } from './validation-schema.js';
import { arrayOf, enumOf, integer, object, optional, type Schema, string } from './json-schema.js';

const TIME_FORMAT = 'ISO 8601 with a time zone, or milliseconds since the Unix epoch.';
/** Accepts a space in a time zone: an unescaped `+` arrives as one. */
const TIME_PATTERN = '^(\\d{1,16}|\\d{4}.*T.*(Z|[ +-]\\d{2}:?\\d{2}))$';

const COUNTERS_PARAMETER = optional(
  arrayOf(string({ pattern: NAME_PATTERN.source }), {
    minItems: 1,
    maxItems: MAX_CHANGES,
    description: 'Counters and measures to include, separated by commas. Default: all.',
  }),
);

/** The query parameter of routes that accept a ticket. */
const TICKET_SCHEMA = object<{ ticket?: string }>({
  ticket: optional(
    string({ description: 'Ticket from `POST /tickets`, for clients that cannot send an `Authorization` header.' }),
  ),
});

/** Schemas of query classes: objects with the parameters as properties. */
const QUERY_SCHEMAS = new Map<DtoClass<object>, Schema>([
  [CountersQuery, object<{ counters?: readonly string[] }>({ counters: COUNTERS_PARAMETER })],
  [
    SnapshotQuery,
    object<{ counters?: readonly string[]; totals?: string; periods?: readonly string[] }>({
      counters: COUNTERS_PARAMETER,
      totals: optional(
        enumOf(['', '1', 'true'], {
          description:
            'Includes everything ever added to each counter, as `added`. Has no effect on a WebSocket without a subprotocol.',
        }),
      ),
      periods: optional(
        arrayOf(enumOf(PERIODS), {
          minItems: 1,
          description: 'Present periods to add the numbers of, separated by commas.',
          example: ['day'],
        }),
      ),
    }),
  ],
  [
    AsOfQuery,
    object<{ at?: string }>({
      at: optional(
        string({
          pattern: TIME_PATTERN,
          description: `For JSON alone: the state after the last change at or before this time, with the counters that exist now, and \`periods\` up to it. ${TIME_FORMAT} Default: the present state.`,
        }),
      ),
    }),
  ],
  [
    HealthQuery,
    object<{ verbose?: string }>({
      verbose: optional(string({ description: 'Includes details of each part. Any value will do.' })),
    }),
  ],
  [
    DashboardsQuery,
    createValidationSchema(DashboardsQuery, {
      limit: 'Maximum number of dashboards per page.',
      after: 'Name of the last dashboard of the previous page.',
    }),
  ],
  [
    LedgerQuery,
    createValidationSchema(LedgerQuery, {
      limit: 'Maximum number of entries per page. Default: 100 for JSON, no limit for CSV.',
      after: 'Only entries after this revision. Oldest first: `next` of the previous page.',
      before: 'Only entries before this revision. Newest first: `next` of the previous page.',
      order: 'The entry that the first page begins with. CSV always begins with the oldest.',
      who: 'Only entries of this actor.',
    }),
  ],
  [
    ChangedCountersQuery,
    object<{ counters?: readonly string[]; counter?: readonly string[] }>({
      counters: optional(
        arrayOf(string({ pattern: NAME_PATTERN.source }), {
          minItems: 1,
          maxItems: MAX_CHANGES,
          description: 'Only entries with a change of one of these counters, separated by commas.',
        }),
      ),
      counter: optional(
        arrayOf(string({ pattern: NAME_PATTERN.source }), {
          minItems: 1,
          maxItems: MAX_CHANGES,
          description: 'Earlier name of `counters`.',
        }),
      ),
    }),
  ],
  [
    BadgeQuery,
    createValidationSchema(BadgeQuery, {
      label: 'Text before the number. Default: title or name of the counter. Empty: no text.',
      color: 'Background colour of the number: a name, or 3 or 6 hexadecimal digits.',
      style: 'Style of the badge.',
      period: 'Shows the number of this present period, in the time zone of the dashboard. Default: the value.',
      locale: 'Language of the number (BCP 47). One that is not available is replaced by English.',
    }),
  ],
  [
    PeriodsQuery,
    object<{ period?: Period; count?: number; before?: string }>({
      period: optional(enumOf(PERIODS, { default: 'day', description: 'Kind of the periods.' })),
      count: optional(integer({ minimum: 1, maximum: 1_000, default: 8, description: 'Number of rows.' })),
      before: optional(
        string({
          pattern: TIME_PATTERN,
          description: `The first row contains the millisecond before: ${TIME_FORMAT} Default: now is in the first row.`,
        }),
      ),
    }),
  ],
  [
    FormatQuery,
    createValidationSchema(FormatQuery, {
      format: 'Overrides the `Accept` header: `csv` is a download. Default: JSON, or what `Accept` prefers.',
    }),
  ],
  [
    HistoryQuery,
    object<{ from?: string; to?: string; step?: string }>({
      from: optional(
        string({
          pattern: TIME_PATTERN,
          description: `Start of the range: ${TIME_FORMAT} Default: one hour before \`to\`.`,
        }),
      ),
      to: optional(
        string({
          pattern: TIME_PATTERN,
          description: `End of the range, not included: ${TIME_FORMAT} Default: now.`,
        }),
      ),
      step: optional(
        string({
          pattern: '^\\d{1,12}[smhd]?$',
          description:
            'Width of a row in whole seconds: milliseconds, or a number with `s`, `m`, `h` or `d`. Default: chosen by the range.',
        }),
      ),
    }),
  ],
]);

/**
 * Returns the schemas of the query parameters of a route, by name.
 * @throws Error for a class that is not described: the document would be incomplete
 */
export function describeQuery({
  query = [],
  acceptsTicket,
}: Pick<RouteDocs, 'query' | 'acceptsTicket'>): Readonly<Record<string, Schema>> {
  const schemas = query.map((shape) => {
    const schema = QUERY_SCHEMAS.get(shape);
    if (!schema) throw new Error(`${shape.name} is not described`);
    return schema;
  });
  if (acceptsTicket) schemas.push(TICKET_SCHEMA);
  return Object.assign({}, ...schemas.map((schema) => schema['properties'])) as Record<string, Schema>;
}

/** Path parameters. */
export const PATH_PARAMETERS: Readonly<Record<string, Schema>> = {
  dashboard: string({ pattern: NAME_PATTERN.source, description: 'Name of the dashboard.', example: 'main' }),
  counter: string({ pattern: NAME_PATTERN.source, description: 'Name of the counter.', example: 'orders' }),
  rule: string({ pattern: NAME_PATTERN.source, description: 'Name of the rule.', example: 'ten' }),
  hook: string({ pattern: NAME_PATTERN.source, description: 'Name of the hook in `HOOKS_FILE`.', example: 'shop' }),
  asset: string({ description: 'Name of the file, with the hash of its content.', example: 'index-DeSXnbt0.js' }),
  file: string({ description: 'Name of the file.', example: 'swagger-ui.css' }),
};

const REQUEST_ID_SCHEMA = string({
  pattern: '^[!-~]{1,128}$',
  description: 'Identifies the request in its response and in the log. Generated if the request has none.',
});

/** Request headers. */
export const REQUEST_HEADERS: Readonly<Record<string, Schema>> = {
  'WebHook-Request-Origin': string({
    description: 'Name of the CloudEvents sender that asks whether it may send.',
    example: 'eventemitter.example.com',
  }),
  'WebHook-Request-Rate': string({
    pattern: '^\\d{1,9}$',
    description: 'Events per minute that the CloudEvents sender would like to send.',
    example: '120',
  }),
  'Idempotency-Key': string({
    // With or without the double quotes of a string (RFC 9651, 3.3.3).
    pattern: '^([!#-~][!-~]{0,254}( \\d{1,16})?|"([!#-\\[\\]-~]|\\\\["\\\\]){1,255}( \\d{1,16})?")$',
    description:
      '1 to 255 visible ASCII characters, with or without double quotes. A change with the same key counts once, however often its sender sends it. Keys belong to the name of the token or the subject of the JWT; requests without a token share theirs. The key of one line of a bulk upload is that of the upload, a space and the number of the line.',
    example: 'order-4711',
  }),
  'If-Match': string({
    description: 'ETag of the definition that the change is meant for, or `*` for any. Another one is 412.',
  }),
  'If-None-Match': string({
    description:
      'ETag of the copy that the client has. Answered with 304 if it is current. With a method that changes: `*` creates only.',
  }),
  [REQUEST_ID_HEADER]: REQUEST_ID_SCHEMA,
  'Last-Event-ID': string({ description: 'For event streams: id of the last event that the client received.' }),
};

/** Response headers. */
export const RESPONSE_HEADERS: Readonly<Record<string, Schema>> = {
  'Access-Control-Allow-Origin': string({
    description: 'Origin whose pages may read the response, or `*` for any.',
    pattern: '^(\\*|https?://.+)$',
  }),
  'Access-Control-Expose-Headers': string({ description: 'Headers that pages of allowed origins may read.' }),
  'WebHook-Allowed-Origin': string({ description: 'The `WebHook-Request-Origin`: its sender may send.' }),
  'WebHook-Allowed-Rate': string({ description: 'Always `*`: there is no limit.', const: '*' }),
  Allow: string({ description: 'Methods that the URL supports.', pattern: '^[A-Z]+(, [A-Z]+)*$' }),
  'Cache-Control': string({ description: 'How the response may be cached.' }),
  'Content-Disposition': string({
    description: 'With `format=csv`: the name of the file.',
    pattern: '^attachment; filename="[a-z0-9_-]+\\.csv"$',
  }),
  'Content-Encoding': string({ description: 'Compression of the body.', enum: ['br', 'gzip'] }),
  'Content-Security-Policy': string({ description: 'What the document may load.' }),
  'Cross-Origin-Opener-Policy': string({
    description: 'Isolates the page from pages of other origins that open it.',
    const: 'same-origin',
  }),
  'Cross-Origin-Resource-Policy': string({
    description: 'Sites whose pages may embed the response.',
    enum: ['same-origin', 'cross-origin'],
  }),
  ETag: string({ description: 'Identifies the state of the response, for `If-None-Match`.', pattern: '^"[!#-~]+"$' }),
  'Idempotent-Replayed': string({
    description: 'Present if the outcome is that of an earlier request with the same key.',
    const: 'true',
  }),
  Link: string({ description: 'Next page (RFC 8288). Absent on the last page.', pattern: '^<\\?.+>; rel="next"$' }),
  RateLimit: string({
    description: 'Remaining changes and seconds until the limit resets (draft-ietf-httpapi-ratelimit-headers-10).',
    pattern: '^"changes";r=\\d+;t=\\d+$',
  }),
  'RateLimit-Policy': string({
    description: 'Number of changes allowed, and the length of the window in seconds.',
    pattern: '^"changes";q=\\d+;w=\\d+$',
  }),
  'Referrer-Policy': string({ description: 'The page sends no referrer.', const: 'no-referrer' }),
  'Retry-After': integer({ minimum: 1, description: 'Seconds to wait before a retry.' }),
  'Sec-WebSocket-Accept': string({ description: 'Handshake response (RFC 6455, 4.2.2).' }),
  'Sec-WebSocket-Protocol': string({ description: 'Selected subprotocol.', const: 'tallyboard.v1' }),
  'Sec-WebSocket-Version': string({ description: 'Supported WebSocket version.', const: '13' }),
  Upgrade: string({ description: 'Protocol to switch to.', const: 'websocket' }),
  Vary: string({
    description: 'Request headers that the response depends on.',
    pattern: '^(Accept|Accept-Encoding|Origin)(, (Accept|Accept-Encoding|Origin))*$',
  }),
  'WWW-Authenticate': string({
    description: 'Authentication scheme and error (RFC 6750).',
    pattern: '^Bearer realm="tallyboard"',
  }),
  'X-Accel-Buffering': string({ description: 'Tells proxies not to buffer the response.', const: 'no' }),
  'X-Content-Type-Options': string({ description: 'Browsers must not guess another media type.', const: 'nosniff' }),
  'X-Frame-Options': string({
    description: 'Pages of other origins must not show the response in a frame.',
    const: 'SAMEORIGIN',
  }),
  [REQUEST_ID_HEADER]: REQUEST_ID_SCHEMA,
};

/** Looks up the schema of a name. @throws Error if there is none: the document would be incomplete */
export function getSchema(table: Readonly<Record<string, Schema>>, name: string): Schema {
  const schema = table[name];
  if (!schema) throw new Error(`${name} is not described`);
  return schema;
}
