/** Ways of exports into a Redis and out of it. */
import { RedisExport } from '../../src/store/redis/redis.export.js';
import { RedisImport } from '../../src/store/redis/redis.import.js';
import { freshPrefix, sharedRedis } from './redis-server.js';
import { RETENTION, type Way } from './export-samples.js';

export interface RedisPlace extends Way {
  readonly url: string;
  readonly prefix: string;
}

/** A place that is empty, on the server that the tests of a file share, or on another one. */
export async function redisPlace(at?: string): Promise<RedisPlace> {
  return redisPlaceAt(at ?? (await sharedRedis()).url, freshPrefix());
}

/** A place on a server. */
export function redisPlaceAt(url: string, prefix: string): RedisPlace {
  const options = { url, prefix, timeoutMs: 3_000, waitReplicas: 0, waitAof: 0 };
  return {
    url,
    prefix,
    openImport: () => RedisImport.open(options, RETENTION),
    openExport: (retention = RETENTION) => RedisExport.open(options, retention),
  };
}
