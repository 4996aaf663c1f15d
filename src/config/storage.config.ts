/** Variables: where the counters live, and what reaching Redis needs. */
import { IsNotEmpty, IsString, Matches } from 'class-validator';
import { Secret } from './token-list.js';
import { Limits } from './limits.config.js';
import { Meaning, OneOf, RedisUrlText, SecretText } from './variable.decorators.js';
import { RedisUrl } from './redis-url.js';
import { WholeText } from '../validation/integer.decorator.js';

export class Storage extends Limits {
  @Meaning(
    'Where the counters live: sqlite (a file under DATA_DIR), redis (shared by many instances) or memory (forgotten at the end).',
  )
  @OneOf('sqlite', 'redis', 'memory')
  readonly STORE: 'sqlite' | 'redis' | 'memory' = 'sqlite';

  @Meaning('Directory of the database file. Made when it is not there.')
  @IsNotEmpty({ message: 'must be a path' })
  @IsString()
  readonly DATA_DIR: string = './data';

  @Meaning(
    'Where Redis or Valkey is: redis://user:password@host:port/database, rediss:// for TLS, redis+cluster://host,host, redis+sentinel://host,host/name.',
  )
  @RedisUrlText()
  readonly REDIS_URL: RedisUrl = RedisUrl.read('redis://127.0.0.1:6379');

  @Meaning('File with the REDIS_URL.')
  @IsString()
  readonly REDIS_URL_FILE: string = '';

  @Meaning('What all keys in Redis begin with. Instances with the same one share their dashboards.')
  @Matches(/^[a-z0-9_-]{1,32}$/, { message: 'must be 1 to 32 of a-z, 0-9, _ and -' })
  readonly REDIS_PREFIX: string = 'tallyboard';

  @Meaning('Milliseconds that a change may wait for Redis. Then it gets 503, and is not counted any more.')
  @WholeText(100, 60_000)
  readonly REDIS_TIMEOUT_MS: number = 3_000;

  @Meaning('Replicas that must have a change before it is acknowledged. With too few of them changes get 503.')
  @WholeText(0, 16)
  readonly REDIS_WAIT_REPLICAS: number = 0;

  @Meaning(
    'Servers that must have a change on their disk before it is acknowledged: 0 none, 1 the primary, n with n-1 replicas. From Redis 7.2.',
  )
  @WholeText(0, 17)
  readonly REDIS_WAIT_AOF: number = 0;

  @Meaning('Password of the Sentinels, where they have one of their own.')
  @SecretText()
  readonly REDIS_SENTINEL_PASSWORD: Secret = new Secret('');

  @Meaning('File with the REDIS_SENTINEL_PASSWORD.')
  @IsString()
  readonly REDIS_SENTINEL_PASSWORD_FILE: string = '';

  @Meaning('File (PEM) with the authorities to trust for rediss, in place of those that are known everywhere.')
  @IsString()
  readonly REDIS_CA_FILE: string = '';

  @Meaning('File (PEM) with the certificate that this side shows Redis. With REDIS_KEY_FILE.')
  @IsString()
  readonly REDIS_CERT_FILE: string = '';

  @Meaning('File (PEM) with the key of REDIS_CERT_FILE.')
  @IsString()
  readonly REDIS_KEY_FILE: string = '';
}
