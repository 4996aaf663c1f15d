/** The error catalogue: every problem that a request can get, with its HTTP status and a remedy. */

export interface ErrorDefinition {
  /** HTTP status of the response. */
  readonly status: number;
  /** Short summary, the same for every occurrence (RFC 9457 `title`). */
  readonly title: string;
  /** Next step for the caller, as an imperative. */
  readonly remedy: string;
  /** Seconds until a retry makes sense (`Retry-After`). Absent if a retry alone does not help. */
  readonly retryAfterS?: number;
}

export const ERROR_CATALOG = {
  'invalid-request': {
    status: 400,
    title: 'Invalid request',
    remedy: 'Correct what `detail` and `errors` name, and send the request again.',
  },
  'unknown-parameter': {
    status: 400,
    title: 'Unknown query parameter',
    remedy: 'Correct the parameter: `near` has similar ones of the route. Or leave it out.',
  },
  'invalid-idempotency-key': {
    status: 400,
    title: 'Invalid Idempotency-Key',
    remedy: 'Send one header with 1 to 255 visible ASCII characters, with or without double quotes.',
  },
  'nothing-to-remove': {
    status: 400,
    title: 'Cannot remove more than the counter holds',
    remedy: 'Send a smaller amount.',
  },
  'too-many-invalid-lines': {
    status: 400,
    title: 'Too many invalid lines',
    remedy:
      'Correct or blank the lines that the response names. Send the whole body again if its lines have keys or an `Idempotency-Key`, otherwise go on after the last line that was applied.',
  },
  'too-many-points': {
    status: 400,
    title: 'Too many points for one response',
    remedy: 'Request fewer counters, a shorter range or a larger step.',
  },
  'too-far-back': {
    status: 400,
    title: 'Nothing is known of that time',
    remedy: 'Ask for a later moment: `detail` says when the past begins.',
  },
  'counter-full': {
    status: 400,
    title: 'Counter limit exceeded',
    remedy: 'Keep the counter at or below 9007199254740991 (2^53 - 1).',
  },
  'token-in-address': {
    status: 400,
    title: 'Token in the URL',
    remedy:
      'Send the token in the `Authorization` header. If you cannot send headers, request a ticket with `POST /tickets`.',
  },
  'token-required': {
    status: 401,
    title: 'Authentication required',
    remedy:
      'Send a token by `Authorization: Bearer <token>`: READ_TOKENS, WRITE_TOKENS and ADMIN_TOKENS of the service list them.',
  },
  'token-invalid': {
    status: 401,
    title: 'Invalid or expired token',
    remedy: 'Use a token that this service knows and that has not expired.',
  },
  'signature-invalid': {
    status: 401,
    title: 'Invalid signature',
    remedy:
      'Put the secret that the provider shows for its webhook into `HOOKS_FILE`. If `detail` names an age, set the clock.',
  },
  'ticket-invalid': {
    status: 401,
    title: 'Invalid or expired ticket',
    remedy: 'Request a new ticket for each connection. A ticket is valid for 30 s, one dashboard and one origin.',
  },
  forbidden: {
    status: 403,
    title: 'Permission denied',
    remedy:
      'Use a token with the right named in `detail`: READ_TOKENS, WRITE_TOKENS and ADMIN_TOKENS of the service list them.',
  },
  'origin-not-allowed': {
    status: 403,
    title: 'Origin not allowed',
    remedy: 'Add the origin to `ALLOWED_ORIGINS` if you trust its pages.',
  },
  'host-not-allowed': {
    status: 403,
    title: 'Unknown host name',
    remedy: 'Use an address of this service, or add the name to `ALLOWED_HOSTS`.',
  },
  'unknown-route': {
    status: 404,
    title: 'Not found',
    remedy: 'Check the path against `/docs`.',
  },
  'page-not-built': {
    status: 404,
    title: 'The page has not been built',
    remedy: 'Run `npm run build` and restart the service.',
  },
  'unknown-dashboard': {
    status: 404,
    title: 'Dashboard not found',
    remedy: 'Check the name, or create the dashboard.',
  },
  'unknown-counter': {
    status: 404,
    title: 'Counter not found',
    remedy: 'Check the name, or add the counter to the dashboard.',
  },
  'unknown-revision': {
    status: 404,
    title: 'Revision not found in the ledger',
    remedy: 'Undo a revision that the ledger lists. Entries older than `LEDGER_RETENTION_S` are gone.',
  },
  'unknown-hook': {
    status: 404,
    title: 'Hook not found',
    remedy: 'Correct the last part of the URL at the provider, or add the hook to `HOOKS_FILE`.',
  },
  'already-undone': {
    status: 409,
    title: 'The revision has been undone already',
    remedy: 'Undo the revision named in `detail` to apply the change again.',
  },
  'not-undoable': {
    status: 409,
    title: 'The revision cannot be undone',
    remedy: 'Correct the counter with a change of your own.',
  },
  'kept-for-short-routes': {
    status: 409,
    title: 'Dashboard `main` and its standard counters cannot be deleted',
    remedy: 'Keep `main` with its orders, customers and products. Create your own dashboard instead.',
  },
  'definition-fixed': {
    status: 409,
    title: 'Kind and scale of a counter are fixed',
    remedy: 'Leave `kind` and `scale` as they are, or define another counter.',
  },
  'below-minimum': {
    status: 409,
    title: 'The counter is below its new minimum',
    remedy: 'Set the counter to at least the minimum first, or choose a lower `min`.',
  },
  'name-taken': {
    status: 409,
    title: 'The name is taken',
    remedy: 'Counters and measures of a dashboard share their names: choose another one.',
  },
  'unknown-rule': {
    status: 404,
    title: 'Rule not found',
    remedy: 'Check the name: `GET /dashboards/:dashboard/rules` lists the rules.',
  },
  'too-many-rules': {
    status: 409,
    title: 'Too many rules',
    remedy: 'Delete rules that nobody needs: a dashboard can have 1,000.',
  },
  'rule-paused': {
    status: 409,
    title: 'The rule has no addresses',
    remedy: 'Define it again with its `notify`: an export has no addresses and secrets.',
  },
  'needed-by-rule': {
    status: 409,
    title: 'A rule needs the counter',
    remedy: 'Delete the rules named in `detail` first.',
  },
  'needed-by-measure': {
    status: 409,
    title: 'A measure needs the counter',
    remedy: 'Delete the measures named in `detail` first, or change their formula.',
  },
  'has-history': {
    status: 409,
    title: 'The dashboard has counted already',
    remedy: 'Book the past of a new dashboard before its first change.',
  },
  'ledger-gone': {
    status: 410,
    title: 'The ledger no longer reaches back that far',
    remedy: 'Take the present state as a new start, and read on from `oldest`: omit `Last-Event-ID` and `after`.',
  },
  'definition-changed': {
    status: 412,
    title: 'The definition has changed',
    remedy: 'Read the definition again, and repeat the request with its `ETag`.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    remedy: 'Use a method listed in the `Allow` header.',
  },
  'request-timeout': {
    status: 408,
    title: 'Request timed out',
    remedy: 'Send the complete request without pauses.',
  },
  'too-many-counters': {
    status: 409,
    title: 'Counter limit reached',
    remedy: 'Delete counters you do not need, or raise `MAX_COUNTERS`.',
  },
  'too-many-dashboards': {
    status: 409,
    title: 'Dashboard limit reached',
    remedy: 'Delete dashboards you do not need, or raise `MAX_DASHBOARDS`.',
  },
  'body-too-large': {
    status: 413,
    title: 'Request body too large',
    remedy: 'Send at most the size named in `detail`.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    remedy:
      'Send `application/json`, or no body. `POST /changes` takes `application/x-ndjson`, `POST .../history` also `text/csv`. At the provider of a webhook, choose JSON as its content type.',
  },
  'expectation-failed': {
    status: 417,
    title: 'Expectation not supported',
    remedy: 'Omit the `Expect` header, or send `100-continue`.',
  },
  'key-reused': {
    status: 422,
    title: 'Idempotency-Key reused with a different request',
    remedy: 'Use a new key for each change. Repeat a key only to retry the same request.',
  },
  'upgrade-required': {
    status: 426,
    title: 'WebSocket upgrade required',
    remedy: 'Use WebSocket version 13 (RFC 6455). Let proxies on the way pass on `Upgrade` and `Connection`.',
  },
  'headers-too-large': {
    status: 431,
    title: 'Request line or headers too large',
    remedy: 'Send fewer or shorter headers: at most `MAX_HEADER_BYTES` in total, 16 KiB by default.',
  },
  'too-many-changes': {
    status: 429,
    title: 'Rate limit exceeded',
    remedy: 'Wait as `Retry-After` says, or raise `MAX_CHANGES_PER_S`.',
    retryAfterS: 1,
  },
  'too-many-upgrades': {
    status: 429,
    title: 'Too many attempts to watch',
    remedy: 'Retry with growing pauses, or raise `MAX_WATCH_ATTEMPTS_PER_S`.',
    retryAfterS: 1,
  },
  'too-many-from-address': {
    status: 429,
    title: 'Viewer limit of this address reached',
    remedy:
      'Close other viewers, or raise `MAX_VIEWERS_PER_ADDRESS`. Behind a proxy, name it in `TRUST_PROXY`: otherwise all viewers have its address.',
    retryAfterS: 5,
  },
  'too-many-failures': {
    status: 429,
    title: 'Too many failed authentication attempts',
    remedy: 'Send a valid token. If it is valid, retry as `Retry-After` says.',
    retryAfterS: 60,
  },
  'internal-error': {
    status: 500,
    title: 'Internal error',
    remedy: 'Retry with the same Idempotency-Key. If the error stays, report it with the value of `X-Request-Id`.',
  },
  'store-unavailable': {
    status: 503,
    title: 'Store unavailable',
    remedy: 'Retry with the same Idempotency-Key.',
    retryAfterS: 1,
  },
  'hook-target-missing': {
    status: 503,
    title: 'Dashboard or counter of the hook not found',
    remedy:
      'Create what `detail` names, or correct `HOOKS_FILE`. The provider delivers the event again, and it counts then.',
    retryAfterS: 60,
  },
  'data-damaged': {
    status: 503,
    title: 'Stored data is damaged',
    remedy: 'Restore a backup. Everything that `detail` does not name can still be read and changed.',
    retryAfterS: 60,
  },
  overloaded: {
    status: 503,
    title: 'Service overloaded',
    remedy: 'Retry with the same Idempotency-Key, after a pause.',
    retryAfterS: 1,
  },
  'issuer-unavailable': {
    status: 503,
    title: 'Token issuer unavailable',
    remedy: 'Retry later. If the error stays, check `JWT_JWKS_URL`.',
    retryAfterS: 5,
  },
  'too-many-viewers': {
    status: 503,
    title: 'Viewer limit reached',
    remedy: 'Retry later, or connect to another instance.',
    retryAfterS: 5,
  },
  stopping: {
    status: 503,
    title: 'Service is shutting down',
    remedy: 'Retry, or connect to another instance.',
    retryAfterS: 1,
  },
  'relay-loop': {
    status: 508,
    title: 'Relays lead in a circle',
    remedy: 'Correct `UPSTREAM_URL` of the relays: the last one must lead to the service with the store.',
  },
} as const satisfies Record<string, ErrorDefinition>;
