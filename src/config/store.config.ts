/** The variables of the store: where counters are, and how a store there is reached. */
import { IsNotEmpty, IsString, Matches } from 'class-validator';
import { IntegerString } from '../validation/integer.decorator.js';
import { RedisUrl } from './redis-url.js';
import { Secret } from './token-list.js';
import {
  Description,
  EnumString,
  isUpstreamUrlOrEmpty,
  RedisUrlString,
  Satisfies,
  SecretString,
} from './variable.decorators.js';

export class StoreConfig {
  @Description(
    'Where counters are stored: sqlite (a file in DATA_DIR), redis (shared by several instances), memory (lost when the service stops) or upstream (another service, which this one is a relay of).',
  )
  @EnumString('sqlite', 'redis', 'memory', 'upstream')
  readonly STORE: 'sqlite' | 'redis' | 'memory' | 'upstream' = 'sqlite';

  @Description('Directory of the database file. Created if it does not exist.')
  @IsNotEmpty({ message: 'must be a path' })
  @IsString()
  readonly DATA_DIR: string = './data';

  @Description(
    'Address of Redis or Valkey: `redis://user:password@host:port/database`, `rediss://` for TLS, `redis+cluster://host,host`, `redis+sentinel://host,host/name`.',
  )
  @RedisUrlString()
  readonly REDIS_URL: RedisUrl = RedisUrl.parse('redis://127.0.0.1:6379');

  @Description('File with the REDIS_URL.')
  @IsString()
  readonly REDIS_URL_FILE: string = '';

  @Description(
    'Time that the embedded store has to make a change durable, in milliseconds. Then it gets 503, and all changes do until the disk responds. Reads of history and ledger as well.',
  )
  @IntegerString(100, 60_000)
  readonly COMMIT_TIMEOUT_MS: number = 5_000;

  @Description(
    'Time that a step of the wall clock must stand before changes are dated by it, in seconds. Until then they are dated as if it had not happened.',
  )
  @IntegerString(1, 3_600)
  readonly CLOCK_SETTLE_S: number = 15;

  @Description('Prefix of all keys in Redis. Instances with the same prefix share their dashboards.')
  @Matches(/^[a-z0-9_-]{1,32}$/, { message: 'must be 1 to 32 of a-z, 0-9, _ and -' })
  readonly REDIS_PREFIX: string = 'tallyboard';

  @Description('Time that a change may wait for Redis, in milliseconds. Then it gets 503, and Redis does not count it.')
  @IntegerString(100, 60_000)
  readonly REDIS_TIMEOUT_MS: number = 3_000;

  @Description(
    'Number of replicas that must have a change before it is acknowledged. With fewer replicas, changes get 503.',
  )
  @IntegerString(0, 16)
  readonly REDIS_WAIT_REPLICAS: number = 0;

  @Description(
    'Number of servers that must have a change on disk before it is acknowledged: 0 for none, 1 for the primary, n for the primary and n-1 replicas. Requires Redis 7.2.',
  )
  @IntegerString(0, 17)
  readonly REDIS_WAIT_AOF: number = 0;

  @Description('Password of the Sentinels, if they have their own.')
  @SecretString()
  readonly REDIS_SENTINEL_PASSWORD: Secret = new Secret('');

  @Description('File with the REDIS_SENTINEL_PASSWORD.')
  @IsString()
  readonly REDIS_SENTINEL_PASSWORD_FILE: string = '';

  @Description('PEM file with the certificate authorities to trust for TLS, instead of the public ones.')
  @IsString()
  readonly REDIS_CA_FILE: string = '';

  @Description('PEM file with the client certificate for Redis. Requires REDIS_KEY_FILE.')
  @IsString()
  readonly REDIS_CERT_FILE: string = '';

  @Description('PEM file with the private key of REDIS_CERT_FILE.')
  @IsString()
  readonly REDIS_KEY_FILE: string = '';

  @Description(
    'Base URL of the service that a relay watches, reads, and passes changes on to; `unix:` with a path for a socket of this machine. Required with STORE=upstream.',
  )
  @Satisfies(
    isUpstreamUrlOrEmpty,
    'must be an http or https URL without user, password, query and fragment, or unix: with the path of a socket',
  )
  readonly UPSTREAM_URL: string = '';

  @Description(
    'Token of a relay at its upstream, for watching and reading: it needs the right to read. Changes have the tokens of their callers.',
  )
  @SecretString()
  readonly UPSTREAM_TOKEN: Secret = new Secret('');

  @Description('File with the UPSTREAM_TOKEN.')
  @IsString()
  readonly UPSTREAM_TOKEN_FILE: string = '';
}
