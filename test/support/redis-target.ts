/**
 * Redirects the stores of tested applications to the Redis at TEST_REDIS_URL, if that is set. Applications that a test
 * has configured with a Redis of its own keep it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { RedisUrl } from '../../src/config/redis-url.js';

const targetUrl = process.env['TEST_REDIS_URL'];

/** Store settings of a test. */
interface StorageSettings {
  readonly DATA_DIR?: string;
  readonly STORE?: string;
}

/**
 * Returns the variables that redirect an application, or none without TEST_REDIS_URL. Applications with the same
 * DATA_DIR get the same prefix, and so share their counters in Redis too.
 */
export function getRedisTargetVariables({ DATA_DIR, STORE }: StorageSettings): Readonly<Record<string, string>> {
  if (!targetUrl || STORE === 'redis') return {};
  const storageHash = createHash('sha256').update(DATA_DIR ?? randomUUID());
  return { STORE: 'redis', REDIS_URL: targetUrl, REDIS_PREFIX: `test-${storageHash.digest('hex').slice(0, 16)}` };
}

/** Returns the same redirection as parsed configuration. */
export function getRedisTargetConfig(settings: StorageSettings) {
  const { REDIS_URL, REDIS_PREFIX } = getRedisTargetVariables(settings);
  if (REDIS_URL === undefined || REDIS_PREFIX === undefined) return {};
  return { STORE: 'redis', REDIS_URL: RedisUrl.parse(REDIS_URL), REDIS_PREFIX } as const;
}
