/** The error catalogue: every way in which Tallyboard says no, with its status and what the caller can do. */

export interface ErrorDefinition {
  /** HTTP status that carries it. */
  readonly status: number;
  /** Short summary, the same for every occurrence (RFC 9457 `title`). */
  readonly title: string;
  /** What the caller can do about it. */
  readonly remedy: string;
  /** Seconds after which a retry makes sense (`Retry-After`); absent where a retry alone does not help. */
  readonly retryAfterS?: number;
}

export const ERROR_CATALOG = {
  'invalid-request': {
    status: 400,
    title: 'The request is not well formed',
    remedy: 'Correct what `detail` and `errors` name, and send it again.',
  },
  'invalid-idempotency-key': {
    status: 400,
    title: 'The Idempotency-Key is not well formed',
    remedy: 'Send 1 to 255 visible ASCII characters, bare or in double quotes, in one header.',
  },
  'nothing-to-remove': {
    status: 400,
    title: 'Fewer remain than were to be removed',
    remedy: 'Remove at most what remains.',
  },
  'too-many-points': {
    status: 400,
    title: 'The range holds more points than one answer carries',
    remedy: 'Ask for fewer counters, a shorter range, or a wider step.',
  },
  'counter-full': {
    status: 400,
    title: 'The counter cannot hold a number this large',
    remedy: 'Keep a counter at or below 9007199254740991 (2^53 - 1).',
  },
  'token-in-address': {
    status: 400,
    title: 'A token stands in the address',
    remedy:
      'Send it as `Authorization: Bearer`, never in an address: those are logged and shared. Where no header can be sent, get a ticket (POST /tickets).',
  },
  'token-required': {
    status: 401,
    title: 'This needs a token',
    remedy: 'Send `Authorization: Bearer <token>`.',
  },
  'token-invalid': {
    status: 401,
    title: 'The token is not valid here',
    remedy: 'Get a token that is known here and has not expired.',
  },
  'ticket-invalid': {
    status: 401,
    title: 'The ticket is not valid here',
    remedy:
      'Get a ticket of its own for every connection (POST /tickets): it holds for 30 s, one dashboard and one origin.',
  },
  forbidden: {
    status: 403,
    title: 'The token does not reach this far',
    remedy: 'Use a token that has the right that `detail` names.',
  },
  'origin-not-allowed': {
    status: 403,
    title: 'Pages of this origin may not do this',
    remedy: 'Add the origin to ALLOWED_ORIGINS if its pages are to be trusted.',
  },
  'host-not-allowed': {
    status: 403,
    title: 'The service does not go by this name',
    remedy: 'Ask for it by a name that it has, or add this one to ALLOWED_HOSTS.',
  },
  'unknown-route': {
    status: 404,
    title: 'There is nothing at this address',
    remedy: 'Check the path against the list of routes.',
  },
  'page-not-built': {
    status: 404,
    title: 'The page has not been built',
    remedy: 'Run `npm run build` where the service was installed from, and start it again.',
  },
  'unknown-dashboard': {
    status: 404,
    title: 'There is no such dashboard',
    remedy: 'Check the name, or define the dashboard first.',
  },
  'unknown-counter': {
    status: 404,
    title: 'The dashboard has no such counter',
    remedy: 'Check the name, or define the counter first.',
  },
  'kept-for-short-routes': {
    status: 409,
    title: 'The short routes need it',
    remedy: 'Leave `main` and its orders, customers and products; define a dashboard of your own beside it.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This address does not answer to this method',
    remedy: 'Use one of the methods that the Allow header lists.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request took too long to arrive',
    remedy: 'Send the whole request without pauses.',
  },
  'too-many-counters': {
    status: 409,
    title: 'The dashboard has no room for more counters',
    remedy: 'Remove counters that are not needed, or raise MAX_COUNTERS.',
  },
  'too-many-dashboards': {
    status: 409,
    title: 'There is no room for more dashboards',
    remedy: 'Remove dashboards that are not needed, or raise MAX_DASHBOARDS.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    remedy: 'Send no more than `detail` says.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is of a type that is not read here',
    remedy: 'Send application/json, or no body.',
  },
  'expectation-failed': {
    status: 417,
    title: 'The expectation cannot be met',
    remedy: 'Leave out the Expect header, or send 100-continue.',
  },
  'key-reused': {
    status: 422,
    title: 'The Idempotency-Key was used for another change',
    remedy: 'Use a new key for every change; repeat a key only to retry the same one.',
  },
  'upgrade-required': {
    status: 426,
    title: 'This version of WebSocket is not spoken here',
    remedy: 'Use WebSocket version 13 (RFC 6455).',
  },
  'headers-too-large': {
    status: 431,
    title: 'The request line or headers are too large',
    remedy: 'Send fewer or shorter headers: MAX_HEADER_BYTES in all, 16 KiB by default.',
  },
  'too-many-changes': {
    status: 429,
    title: 'More changes than this token may make in a second',
    remedy: 'Send fewer, with the pauses that Retry-After and RateLimit tell, or raise MAX_CHANGES_PER_S.',
    retryAfterS: 1,
  },
  'too-many-upgrades': {
    status: 429,
    title: 'Too many attempts to watch from this address',
    remedy: 'Come back after a pause that grows with each attempt, or raise MAX_WATCH_ATTEMPTS_PER_S.',
    retryAfterS: 1,
  },
  'too-many-from-address': {
    status: 429,
    title: 'No more viewers of this address can be taken',
    remedy:
      'Close some, or raise MAX_VIEWERS_PER_ADDRESS. Behind a proxy all viewers have one address unless TRUST_PROXY names it.',
    retryAfterS: 5,
  },
  'too-many-failures': {
    status: 429,
    title: 'Too many tokens from this address were wrong',
    remedy: 'Wait as Retry-After says, and send a token that is valid.',
    retryAfterS: 60,
  },
  'internal-error': {
    status: 500,
    title: 'Something went wrong here',
    remedy: 'Retry with the same Idempotency-Key, and report it if it stays.',
  },
  'store-unavailable': {
    status: 503,
    title: 'The store cannot be reached or written',
    remedy: 'Retry later with the same Idempotency-Key.',
    retryAfterS: 1,
  },
  overloaded: {
    status: 503,
    title: 'Too many requests are waiting',
    remedy: 'Retry later with the same Idempotency-Key.',
    retryAfterS: 1,
  },
  'issuer-unavailable': {
    status: 503,
    title: 'The issuer of tokens cannot be reached',
    remedy: 'Retry later.',
    retryAfterS: 5,
  },
  'too-many-viewers': {
    status: 503,
    title: 'No more viewers can be taken',
    remedy: 'Retry later, or watch through another instance.',
    retryAfterS: 5,
  },
  stopping: {
    status: 503,
    title: 'This instance is stopping',
    remedy: 'Retry later, or through another instance.',
    retryAfterS: 1,
  },
} as const satisfies Record<string, ErrorDefinition>;
