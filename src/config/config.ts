/** The variables, each with its type, default, unit and description. Read once at start and passed on as a value. */
import 'reflect-metadata';
import { IsNotEmpty, IsOptional, IsString, Matches } from 'class-validator';
import { isTimeZone } from '../measures/time-zone.js';
import { IntegerString } from '../validation/integer.decorator.js';
import { BrandAccent } from './brand-accent.js';
import { BrandLogo, MAX_LOGO_BYTES } from './brand-logo.js';
import { NotifyAllow } from './notify-allow.js';
import { isOrigin, isOriginOrNone } from './origin.js';
import { StoreConfig } from './store.config.js';
import { Secret, TokenList } from './token-list.js';
import { isTrustProxy } from './trust-proxy.js';
import {
  AccentString,
  LogoFileString,
  Satisfies,
  isUrlOrEmpty,
  ListString,
  NotifyAllowString,
  Description,
  findDescription,
  EnumString,
  SecretString,
  TokenListString,
} from './variable.decorators.js';

const SECONDS_PER_DAY = 86_400;
const NO_TOKENS = TokenList.parse('');
/** Asymmetric algorithms only: a secret shared with the issuer cannot be in a published key set. */
const SIGNATURE_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** The configuration. Property names are the names of the variables. */
export class Config extends StoreConfig {
  @Description('Address to listen on. `0.0.0.0` or `::` listens on all addresses.')
  @IsNotEmpty({ message: 'must be a host name or an address' })
  @IsString()
  readonly HOST: string = '127.0.0.1';

  @Description('Port to listen on. 0 picks a free port.')
  @IntegerString(0, 65_535)
  readonly PORT: number = 8082;

  @Description(
    'Number of processes that take requests and hold viewers, beside one that stores. 1: one process does it all. `auto`: one less than there are processor cores.',
  )
  @Matches(/^(auto|[1-9]\d?)$/, { message: 'must be an integer from 1 to 99, or auto' })
  readonly WORKERS: string = '1';

  @Description('Path prefix of all routes, for a proxy that does not strip it. Empty: none.')
  @Matches(/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/, {
    message: 'must be a path such as /tally or /a/b, with a slash before each part and none at the end',
  })
  readonly BASE_PATH: string = '';

  @Description(
    'Tokens that may watch and read, as `name:secret`, separated by commas. `name@a+b:secret` limits a token to dashboards a and b.',
  )
  @TokenListString()
  readonly READ_TOKENS: TokenList = NO_TOKENS;

  @Description('Tokens that may also change counters, in the same form.')
  @TokenListString()
  readonly WRITE_TOKENS: TokenList = NO_TOKENS;

  @Description('Tokens that may also create and delete dashboards and counters, in the same form.')
  @TokenListString()
  readonly ADMIN_TOKENS: TokenList = NO_TOKENS;

  @Description('File with more READ_TOKENS, one per line. Read at start.')
  @IsString()
  readonly READ_TOKENS_FILE: string = '';

  @Description('File with more WRITE_TOKENS, one per line. Read at start.')
  @IsString()
  readonly WRITE_TOKENS_FILE: string = '';

  @Description('File with more ADMIN_TOKENS, one per line. Read at start.')
  @IsString()
  readonly ADMIN_TOKENS_FILE: string = '';

  @Description(
    'Rights of requests without a token: none, read or write. Without any tokens configured, and with HOST on this machine only, every request may do everything.',
  )
  @EnumString('none', 'read', 'write')
  readonly ALLOW_ANONYMOUS: 'none' | 'read' | 'write' = 'none';

  @Description('Issuer (`iss`) of the JWTs to accept as tokens. Empty: no JWTs.')
  @Satisfies(isUrlOrEmpty, 'must be the URL of the issuer')
  readonly JWT_ISSUER: string = '';

  @Description('Audience (`aud`) that JWTs must name. Required with JWT_ISSUER.')
  @IsString()
  readonly JWT_AUDIENCE: string = '';

  @Description('URL of the public keys of the issuer (JWKS). Empty: `/.well-known/jwks.json` under JWT_ISSUER.')
  @Satisfies(isUrlOrEmpty, 'must be an http or https URL')
  readonly JWT_JWKS_URL: string = '';

  @Description('Signature algorithms to accept in JWTs, separated by commas.')
  @ListString(
    (part) => SIGNATURE_ALGORITHMS.includes(part),
    `must be one or more of ${SIGNATURE_ALGORITHMS.join(', ')}`,
  )
  readonly JWT_ALGORITHMS: readonly string[] = ['RS256', 'ES256', 'EdDSA'];

  @Description('Accepted difference between the clocks of issuer and service, in seconds.')
  @IntegerString(0, 600)
  readonly JWT_CLOCK_SKEW_S: number = 30;

  @Description(
    'Secret that signs tickets. Use the same value on all instances behind one address. Empty: a random secret at each start.',
  )
  @SecretString()
  readonly TICKET_SECRET: Secret = new Secret('');

  @Description('File with the TICKET_SECRET.')
  @IsString()
  readonly TICKET_SECRET_FILE: string = '';

  @Description('Other origins whose pages may connect, such as `https://shop.example.org`, separated by commas.')
  @ListString(
    isOrigin,
    'must be origins such as https://shop.example.org: scheme, host and a non-default port, without a path',
  )
  readonly ALLOWED_ORIGINS: readonly string[] = [];

  @Description(
    'Other origins whose pages may show the page in a frame, separated by commas, or `none`: no page may, not even one of this service. Empty: those of ALLOWED_ORIGINS.',
  )
  @ListString(isOriginOrNone, 'must be origins such as https://intranet.example.org, or none')
  readonly FRAME_ANCESTORS: readonly string[] = [];

  @Description(
    'Host names of this service, separated by commas. Requests for other names get 403. Empty: any name; if every request may do everything, only IP addresses and local names.',
  )
  @ListString(
    (part) => /^[a-z0-9.:[\]-]+$/.test(part) && !/[^\]]:\d+$/.test(part),
    'must be host names in lower case, without ports',
  )
  readonly ALLOWED_HOSTS: readonly string[] = [];

  @Description(
    'Proxies whose `X-Forwarded-For`, `-Host` and `-Proto` headers are trusted: addresses, ranges (`10.0.0.0/8`), loopback, linklocal or uniquelocal, separated by commas.',
  )
  @Satisfies(isTrustProxy, 'must be addresses, ranges such as 10.0.0.0/8, loopback, linklocal or uniquelocal')
  readonly TRUST_PROXY: string = '';

  @Description(
    'Hosts that may get notifications although their addresses are not public, also by http: names, addresses and ranges (`10.0.0.0/8`), with a port or without, separated by commas.',
  )
  @NotifyAllowString()
  readonly NOTIFY_ALLOW: NotifyAllow = NotifyAllow.parse('');

  @Description('Name of the board: title of the page, and of the installed app.')
  @Matches(/^\P{Cc}{1,60}$/u, { message: 'must be 1 to 60 characters in one line' })
  readonly BRAND_NAME: string = 'Tallyboard';

  @Description(
    `Logo that the page shows with the name: an SVG or PNG file of at most ${MAX_LOGO_BYTES} bytes. Empty: none.`,
  )
  @LogoFileString()
  readonly BRAND_LOGO_FILE: BrandLogo = BrandLogo.read('');

  @Description(
    'Accent colour of the page on light backgrounds, such as `#7a1fa2`. The colour on dark ones is derived from it. Empty: blue.',
  )
  @AccentString()
  readonly BRAND_ACCENT: BrandAccent = BrandAccent.parse('');

  @Description(
    'Failed token attempts allowed per client address and minute. Further failures get 429 until the minute ends; valid tokens, tickets and JWTs are accepted.',
  )
  @IntegerString(1, 1_000_000)
  readonly MAX_AUTH_FAILURES_PER_MIN: number = 60;

  @Description('Maximum number of connected viewers. The next viewer gets 503.')
  @IntegerString(0, 1_000_000)
  readonly MAX_VIEWERS: number = 20_000;

  @Description('Maximum number of connected viewers per client address. The next viewer gets 429.')
  @IntegerString(0, 1_000_000)
  readonly MAX_VIEWERS_PER_ADDRESS: number = 15_000;

  @Description(
    'Attempts to watch allowed per client address and second, by WebSocket or server-sent events. The next attempt gets 429.',
  )
  @IntegerString(1, 1_000_000)
  readonly MAX_WATCH_ATTEMPTS_PER_S: number = 10_000;

  @Description(
    'Changes allowed per token and second. The next change gets 429; a bulk upload is slowed down, and its invalid lines count. 0: no limit.',
  )
  @IntegerString(0, 1_000_000_000)
  readonly MAX_CHANGES_PER_S: number = 0;

  @Description('Maximum size of a JSON body, in bytes. A larger body gets 413.')
  @IntegerString(1_024, 16 * 2 ** 20)
  readonly MAX_BODY_BYTES: number = 64 * 1_024;

  @Description('Maximum size of the request line and headers, in bytes. More get 431.')
  @IntegerString(1_024, 2 ** 20)
  readonly MAX_HEADER_BYTES: number = 16 * 1_024;

  @Description(
    'Time for the headers of a request to arrive, in milliseconds, counted from the connection for its first request. Late requests get 408.',
  )
  @IntegerString(100, 3_600_000)
  readonly HEADERS_TIMEOUT_MS: number = 20_000;

  @Description(
    'Time for the body of a request to arrive, in milliseconds. Late requests get 408. Bulk uploads have no limit; a pause within a past that is booked has this one.',
  )
  @IntegerString(100, 3_600_000)
  readonly BODY_TIMEOUT_MS: number = 30_000;

  @Description(
    'Maximum number of connections that have not sent a complete request, and of those that are idle between two requests. The oldest is closed when the limit is exceeded. The former may take half of the file descriptors at most, the latter a quarter, and one client address half of that.',
  )
  @IntegerString(16, 1_000_000)
  readonly MAX_PENDING_CONNECTIONS: number = 8_192;

  @Description('Maximum number of change sets that wait for the disk or for Redis. The next one gets 503.')
  @IntegerString(1, 10_000_000)
  readonly MAX_WAITING_CHANGES: number = 50_000;

  @Description('Maximum number of counters per dashboard.')
  @IntegerString(1, 1_000_000)
  readonly MAX_COUNTERS: number = 1_000;

  @Description('Maximum number of dashboards.')
  @IntegerString(1, 1_000_000)
  readonly MAX_DASHBOARDS: number = 10_000;

  @Description(
    'Time zone of the days of dashboards that name none, for example Europe/Berlin. Rows that are written keep their days.',
  )
  @Satisfies(isTimeZone, 'must be the name of a time zone, such as Europe/Berlin or UTC, and not an offset')
  readonly TIME_ZONE: string = 'UTC';

  @Description('Least severe level to log: error, warn, info or debug.')
  @EnumString('error', 'warn', 'info', 'debug')
  readonly LOG_LEVEL: 'error' | 'warn' | 'info' | 'debug' = 'info';

  @Description('Format of log lines: json, pretty (for people) or auto (pretty on a terminal, else json).')
  @EnumString('auto', 'json', 'pretty')
  readonly LOG_FORMAT: 'auto' | 'json' | 'pretty' = 'auto';

  @Description('Minimum time between two frames of a dashboard, in milliseconds.')
  @IntegerString(0, 10_000)
  readonly BROADCAST_MIN_MS: number = 20;

  @Description('Maximum time that a change waits for its frame, in milliseconds, however expensive the fan-out.')
  @IntegerString(0, 10_000)
  readonly BROADCAST_MAX_MS: number = 400;

  @Description('Longest time without a frame, in milliseconds: viewers get a heartbeat in the last quarter of it.')
  @IntegerString(100, 3_600_000)
  readonly HEARTBEAT_MS: number = 15_000;

  @Description('Time without data from a viewer after which it is pinged, in milliseconds.')
  @IntegerString(50, 3_600_000)
  readonly PING_INTERVAL_MS: number = 20_000;

  @Description('Time for a viewer to answer a ping, in milliseconds. Then it is disconnected.')
  @IntegerString(50, 3_600_000)
  readonly PONG_TIMEOUT_MS: number = 10_000;

  @Description('Time to keep an Idempotency-Key, in seconds. Payment providers retry for three days.')
  @IntegerString(1, 366 * SECONDS_PER_DAY)
  readonly IDEMPOTENCY_KEY_TTL_S: number = 3 * SECONDS_PER_DAY;

  @Description(
    'YAML or JSON file with the hooks that providers of webhooks post to: see docs/how-to/receive-webhooks.md. Read again when it changes. Empty: no hooks.',
  )
  @IsString()
  readonly HOOKS_FILE: string = '';

  @Description(
    'Time to keep the id of an event that a hook has counted, in seconds. A redelivery within it counts nothing.',
  )
  @IntegerString(1, 366 * SECONDS_PER_DAY)
  readonly HOOK_KEY_TTL_S: number = 35 * SECONDS_PER_DAY;

  @Description('Time to keep a ledger entry, in seconds.')
  @IntegerString(1, 3_660 * SECONDS_PER_DAY)
  readonly LEDGER_RETENTION_S: number = 30 * SECONDS_PER_DAY;

  @Description('Maximum number of ledger entries kept per dashboard.')
  @IntegerString(0, 1_000_000_000)
  readonly LEDGER_MAX_ENTRIES: number = 1_000_000;

  @Description(
    'Time between the stop signal and the shutdown, in milliseconds. The service reports that it is not ready, and otherwise works as before.',
  )
  @IntegerString(0, 600_000)
  readonly READY_GRACE_MS: number = 0;

  @Description('Separate port that serves `/metrics` without a token. 0 picks a free port. Empty: none.')
  @IsOptional()
  @IntegerString(0, 65_535)
  readonly METRICS_PORT: number | undefined = undefined;

  @Description('Address to listen on for METRICS_PORT. Empty: that of HOST.')
  @IsString()
  readonly METRICS_HOST: string = '';

  @Description('Maximum number of counters with their own metrics. Counters that were created first are preferred.')
  @IntegerString(0, 1_000_000)
  readonly METRICS_MAX_COUNTERS: number = 1_000;

  @Description('Time over which viewers spread their reconnects when this instance stops, in milliseconds.')
  @IntegerString(0, 600_000)
  readonly DRAIN_MS: number = 5_000;

  @Description(
    'Maximum time of a shutdown, in milliseconds. Then the process ends with exit code 1, or is killed if a thread hangs.',
  )
  @IntegerString(3_000, 600_000)
  readonly STOP_DEADLINE_MS: number = 10_000;
}

interface Variable {
  readonly name: keyof Config;
  readonly default: string;
  readonly description: string;
}

export const VARIABLES: readonly Variable[] = Object.entries(new Config()).map(([name, value]) => ({
  name: name as keyof Config,
  default: String(value ?? ''),
  description: findDescription(name),
}));
