/** Where tested applications keep their counters: as each test says, or all of them on the Redis that TEST_REDIS_URL names. */
import { createHash, randomUUID } from 'node:crypto';
import { RedisUrl } from '../src/store/redis.url.js';

const url = process.env['TEST_REDIS_URL'];

/**
 * Variables that lead an application to that Redis; none without it. What shares a directory shares its counters there too.
 * @param directory DATA_DIR, if the test has said one
 */
export function pointedVariables(directory: string | undefined): Readonly<Record<string, string>> {
  if (!url) return {};
  const place = createHash('sha256').update(directory ?? randomUUID());
  return { STORE: 'redis', REDIS_URL: url, REDIS_PREFIX: `test-${place.digest('hex').slice(0, 16)}` };
}

/** The same, as a part of the configuration. */
export function pointedConfig(directory: string) {
  const { REDIS_URL, REDIS_PREFIX } = pointedVariables(directory);
  if (REDIS_URL === undefined || REDIS_PREFIX === undefined) return {};
  return { STORE: 'redis', REDIS_URL: RedisUrl.read(REDIS_URL), REDIS_PREFIX } as const;
}
