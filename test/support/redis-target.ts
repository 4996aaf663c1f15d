/** Where tested applications keep their counters: as each test says, or on the Redis that TEST_REDIS_URL names; those that have a Redis of their own stay there. */
import { createHash, randomUUID } from 'node:crypto';
import { RedisUrl } from '../../src/config/redis-url.js';

const targetUrl = process.env['TEST_REDIS_URL'];

/** What a test says of the place where an application keeps its counters. */
interface StorageSettings {
  readonly DATA_DIR?: string;
  readonly STORE?: string;
}

/** Variables that lead an application to that Redis; none without it. What shares a directory shares its counters there too. */
export function getRedisTargetVariables({ DATA_DIR, STORE }: StorageSettings): Readonly<Record<string, string>> {
  if (!targetUrl || STORE === 'redis') return {};
  const storageHash = createHash('sha256').update(DATA_DIR ?? randomUUID());
  return { STORE: 'redis', REDIS_URL: targetUrl, REDIS_PREFIX: `test-${storageHash.digest('hex').slice(0, 16)}` };
}

/** The same, as a part of the configuration. */
export function getRedisTargetConfig(settings: StorageSettings) {
  const { REDIS_URL, REDIS_PREFIX } = getRedisTargetVariables(settings);
  if (REDIS_URL === undefined || REDIS_PREFIX === undefined) return {};
  return { STORE: 'redis', REDIS_URL: RedisUrl.parse(REDIS_URL), REDIS_PREFIX } as const;
}
