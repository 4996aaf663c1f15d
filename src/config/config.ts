/** Every variable: type, default, unit, meaning. Read once in `main.ts`, passed on as a value. */
import 'reflect-metadata';
import { IsNotEmpty, IsOptional, IsString, Matches } from 'class-validator';
import { IntegerString } from '../validation/integer.decorator.js';
import { isOrigin } from './origin.js';
import { RedisUrl } from './redis-url.js';
import { Secret, TokenList } from './token-list.js';
import { isTrustProxy } from './trust-proxy.js';
import {
  Satisfies,
  isUrlOrEmpty,
  ListString,
  Description,
  findDescription,
  EnumString,
  RedisUrlString,
  SecretString,
  TokenListString,
} from './variable.decorators.js';

const SECONDS_PER_DAY = 86_400;
const NO_TOKENS = TokenList.parse('');
/** Signatures by a key pair: a secret that is shared with the issuer has no place in a published key set. */
const SIGNATURE_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** The configuration, as the environment gives it. Property names are the names of the variables. */
export class Config {
  @Description('Address to listen on. 0.0.0.0 or :: for all.')
  @IsNotEmpty({ message: 'must be a host name or an address' })
  @IsString()
  readonly HOST: string = '127.0.0.1';

  @Description('Port to listen on. 0 takes a free one.')
  @IntegerString(0, 65_535)
  readonly PORT: number = 8082;

  @Description('Path that all addresses are under, for a proxy that passes it on. Empty for none.')
  @Matches(/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/, {
    message: 'must be a path like /tally or /a/b: a slash before each part, none at the end; leave it empty for none',
  })
  readonly BASE_PATH: string = '';

  @Description(
    'Tokens that may watch and read: name:secret each, with commas between; name@a+b:secret for dashboards a and b alone.',
  )
  @TokenListString()
  readonly READ_TOKENS: TokenList = NO_TOKENS;

  @Description('Tokens that may also change counts, likewise.')
  @TokenListString()
  readonly WRITE_TOKENS: TokenList = NO_TOKENS;

  @Description('Tokens that may also define and delete dashboards and counters, likewise.')
  @TokenListString()
  readonly ADMIN_TOKENS: TokenList = NO_TOKENS;

  @Description('File with more of READ_TOKENS, a line each. Read at the start.')
  @IsString()
  readonly READ_TOKENS_FILE: string = '';

  @Description('File with more of WRITE_TOKENS.')
  @IsString()
  readonly WRITE_TOKENS_FILE: string = '';

  @Description('File with more of ADMIN_TOKENS.')
  @IsString()
  readonly ADMIN_TOKENS_FILE: string = '';

  @Description(
    'What may be done without a token: none, read or write. Where no token is configured and HOST is this machine alone, everything.',
  )
  @EnumString('none', 'read', 'write')
  readonly ALLOW_ANONYMOUS: 'none' | 'read' | 'write' = 'none';

  @Description('Issuer of JWTs that are taken as tokens (their iss). Empty: none are.')
  @Satisfies(isUrlOrEmpty, 'must be the URL of the issuer')
  readonly JWT_ISSUER: string = '';

  @Description('Audience that JWTs have to name (their aud).')
  @IsString()
  readonly JWT_AUDIENCE: string = '';

  @Description('Where the issuer publishes its keys. Empty: /.well-known/jwks.json under JWT_ISSUER.')
  @Satisfies(isUrlOrEmpty, 'must be an http or https URL')
  readonly JWT_JWKS_URL: string = '';

  @Description('Signature algorithms that JWTs may have.')
  @ListString((part) => SIGNATURE_ALGORITHMS.includes(part), `must be of ${SIGNATURE_ALGORITHMS.join(', ')}`)
  readonly JWT_ALGORITHMS: readonly string[] = ['RS256', 'ES256', 'EdDSA'];

  @Description('Seconds by which the clock of the issuer may differ.')
  @IntegerString(0, 600)
  readonly JWT_CLOCK_SKEW_S: number = 30;

  @Description(
    'Secret that tickets are signed with, the same on all instances behind one address. Empty: a random one at each start.',
  )
  @SecretString()
  readonly TICKET_SECRET: Secret = new Secret('');

  @Description('File with the TICKET_SECRET.')
  @IsString()
  readonly TICKET_SECRET_FILE: string = '';

  @Description(
    'Origins whose pages may watch and change beside those of the service itself, such as https://shop.example.org, with commas between.',
  )
  @ListString(isOrigin, 'must be origins: scheme, host, and the port where it is not the usual one, nothing behind')
  readonly ALLOWED_ORIGINS: readonly string[] = [];

  @Description(
    'Host names that the service may be asked for by, with commas between. Empty: any; where it is open to all, addresses and local names.',
  )
  @ListString(
    (part) => /^[a-z0-9.:[\]-]+$/.test(part) && !/[^\]]:\d+$/.test(part),
    'must be host names in small letters, without ports',
  )
  readonly ALLOWED_HOSTS: readonly string[] = [];

  @Description(
    'Proxies whose X-Forwarded-For, -Host and -Proto count: addresses, ranges (10.0.0.0/8), loopback, linklocal or uniquelocal, with commas between.',
  )
  @Satisfies(isTrustProxy, 'must be addresses, ranges such as 10.0.0.0/8, loopback, linklocal or uniquelocal')
  readonly TRUST_PROXY: string = '';

  @Description(
    'Tokens that may be wrong per minute and address. Then none from there is looked at until the minute is over: 429.',
  )
  @IntegerString(1, 1_000_000)
  readonly MAX_AUTH_FAILURES_PER_MIN: number = 60;

  @Description('Most viewers at a time. The next one gets 503.')
  @IntegerString(0, 1_000_000)
  readonly MAX_VIEWERS: number = 20_000;

  @Description('Most viewers of one address at a time. The next one gets 429.')
  @IntegerString(0, 1_000_000)
  readonly MAX_VIEWERS_PER_ADDRESS: number = 15_000;

  @Description('Attempts to watch per second and address, by WebSocket or as a stream. The next one gets 429.')
  @IntegerString(1, 1_000_000)
  readonly MAX_WATCH_ATTEMPTS_PER_S: number = 10_000;

  @Description('Changes per second and token. The next one gets 429, and a stream of changes waits. 0 for no limit.')
  @IntegerString(0, 1_000_000_000)
  readonly MAX_CHANGES_PER_S: number = 0;

  @Description('Largest JSON body, bytes. A larger one gets 413.')
  @IntegerString(1_024, 16 * 2 ** 20)
  readonly MAX_BODY_BYTES: number = 64 * 1_024;

  @Description('Most bytes of the request line and headers of a request. More get 431.')
  @IntegerString(1_024, 2 ** 20)
  readonly MAX_HEADER_BYTES: number = 16 * 1_024;

  @Description(
    'Milliseconds that the headers of a request may take to arrive, from the connection on. Later ones get 408.',
  )
  @IntegerString(100, 3_600_000)
  readonly HEADERS_TIMEOUT_MS: number = 20_000;

  @Description(
    'Milliseconds that the body of a request may take to arrive. A later one gets 408. Streams of changes may take for ever.',
  )
  @IntegerString(100, 3_600_000)
  readonly BODY_TIMEOUT_MS: number = 30_000;

  @Description('Most connections at a time that have sent no whole request yet. One more, and the oldest is closed.')
  @IntegerString(16, 1_000_000)
  readonly MAX_PENDING_CONNECTIONS: number = 8_192;

  @Description('Most change sets that wait for the disk, or for Redis, at a time. The next one gets 503.')
  @IntegerString(1, 10_000_000)
  readonly MAX_WAITING_CHANGES: number = 50_000;

  @Description('Most counters of a dashboard.')
  @IntegerString(1, 1_000_000)
  readonly MAX_COUNTERS: number = 1_000;

  @Description('Most dashboards.')
  @IntegerString(1, 1_000_000)
  readonly MAX_DASHBOARDS: number = 10_000;

  @Description(
    'Where the counters live: sqlite (a file under DATA_DIR), redis (shared by many instances) or memory (forgotten at the end).',
  )
  @EnumString('sqlite', 'redis', 'memory')
  readonly STORE: 'sqlite' | 'redis' | 'memory' = 'sqlite';

  @Description('Directory of the database file. Made when it is not there.')
  @IsNotEmpty({ message: 'must be a path' })
  @IsString()
  readonly DATA_DIR: string = './data';

  @Description(
    'Where Redis or Valkey is: redis://user:password@host:port/database, rediss:// for TLS, redis+cluster://host,host, redis+sentinel://host,host/name.',
  )
  @RedisUrlString()
  readonly REDIS_URL: RedisUrl = RedisUrl.parse('redis://127.0.0.1:6379');

  @Description('File with the REDIS_URL.')
  @IsString()
  readonly REDIS_URL_FILE: string = '';

  @Description('What all keys in Redis begin with. Instances with the same one share their dashboards.')
  @Matches(/^[a-z0-9_-]{1,32}$/, { message: 'must be 1 to 32 of a-z, 0-9, _ and -' })
  readonly REDIS_PREFIX: string = 'tallyboard';

  @Description('Milliseconds that a change may wait for Redis. Then it gets 503, and is not counted any more.')
  @IntegerString(100, 60_000)
  readonly REDIS_TIMEOUT_MS: number = 3_000;

  @Description('Replicas that must have a change before it is acknowledged. With too few of them changes get 503.')
  @IntegerString(0, 16)
  readonly REDIS_WAIT_REPLICAS: number = 0;

  @Description(
    'Servers that must have a change on their disk before it is acknowledged: 0 none, 1 the primary, n with n-1 replicas. From Redis 7.2.',
  )
  @IntegerString(0, 17)
  readonly REDIS_WAIT_AOF: number = 0;

  @Description('Password of the Sentinels, where they have one of their own.')
  @SecretString()
  readonly REDIS_SENTINEL_PASSWORD: Secret = new Secret('');

  @Description('File with the REDIS_SENTINEL_PASSWORD.')
  @IsString()
  readonly REDIS_SENTINEL_PASSWORD_FILE: string = '';

  @Description('File (PEM) with the authorities to trust for rediss, in place of those that are known everywhere.')
  @IsString()
  readonly REDIS_CA_FILE: string = '';

  @Description('File (PEM) with the certificate that this side shows Redis. With REDIS_KEY_FILE.')
  @IsString()
  readonly REDIS_CERT_FILE: string = '';

  @Description('File (PEM) with the key of REDIS_CERT_FILE.')
  @IsString()
  readonly REDIS_KEY_FILE: string = '';

  @Description('Least serious log lines to print: error, warn, info or debug.')
  @EnumString('error', 'warn', 'info', 'debug')
  readonly LOG_LEVEL: 'error' | 'warn' | 'info' | 'debug' = 'info';

  @Description('How log lines are written: json, pretty (for people), or auto (pretty on a terminal).')
  @EnumString('auto', 'json', 'pretty')
  readonly LOG_FORMAT: 'auto' | 'json' | 'pretty' = 'auto';

  @Description('Milliseconds between two frames of a dashboard, at the least.')
  @IntegerString(0, 10_000)
  readonly BROADCAST_MIN_MS: number = 20;

  @Description('Milliseconds that a change waits for its frame, at the most, however costly the fan-out.')
  @IntegerString(0, 10_000)
  readonly BROADCAST_MAX_MS: number = 400;

  @Description('Milliseconds of silence after which viewers get a frame all the same.')
  @IntegerString(100, 3_600_000)
  readonly HEARTBEAT_MS: number = 15_000;

  @Description('Milliseconds of silence of a viewer after which it is pinged.')
  @IntegerString(50, 3_600_000)
  readonly PING_INTERVAL_MS: number = 20_000;

  @Description('Milliseconds that a viewer has to answer a ping before it is gone.')
  @IntegerString(50, 3_600_000)
  readonly PONG_TIMEOUT_MS: number = 10_000;

  @Description('Seconds that an Idempotency-Key is kept.')
  @IntegerString(1, 366 * SECONDS_PER_DAY)
  readonly IDEMPOTENCY_KEY_TTL_S: number = SECONDS_PER_DAY;

  @Description('Seconds that a ledger entry is kept.')
  @IntegerString(1, 3_660 * SECONDS_PER_DAY)
  readonly LEDGER_RETENTION_S: number = 30 * SECONDS_PER_DAY;

  @Description('Most ledger entries kept per dashboard.')
  @IntegerString(0, 1_000_000_000)
  readonly LEDGER_MAX_ENTRIES: number = 1_000_000;

  @Description(
    'Milliseconds from the signal to stop until it is followed: not ready any more, everything else as before.',
  )
  @IntegerString(0, 600_000)
  readonly READY_GRACE_MS: number = 0;

  @Description(
    'Port on which /metrics is open to all, beside the one that all else is on. 0 takes a free one. Empty for none.',
  )
  @IsOptional()
  @IntegerString(0, 65_535)
  readonly METRICS_PORT: number | undefined = undefined;

  @Description('Address to listen on for METRICS_PORT. Empty for that of HOST.')
  @IsString()
  readonly METRICS_HOST: string = '';

  @Description('Most counters whose values are among the metrics: those that were declared first.')
  @IntegerString(0, 1_000_000)
  readonly METRICS_MAX_COUNTERS: number = 1_000;

  @Description('Milliseconds over which viewers are told to spread their return when this instance stops.')
  @IntegerString(0, 600_000)
  readonly DRAIN_MS: number = 5_000;

  @Description('Milliseconds after which a stop that has begun and not finished is ended, with exit code 1.')
  @IntegerString(3_000, 600_000)
  readonly STOP_DEADLINE_MS: number = 10_000;
}

/** A variable as the documents describe it. */
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
