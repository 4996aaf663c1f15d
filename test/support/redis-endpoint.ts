/** Ways of exports into a Redis and out of it. */
import { RedisExport } from '../../src/store/redis/redis.export.js';
import { RedisImport } from '../../src/store/redis/redis.import.js';
import { createPrefix, getSharedRedis } from './redis-server.js';
import { RETENTION, type TransferEndpoint } from './sample-export.js';

interface RedisEndpoint extends TransferEndpoint {
  readonly url: string;
  readonly prefix: string;
}

/** A place that is empty, on the server that the tests of a file share, or on another one. */
export async function createRedisEndpoint(serverUrl?: string): Promise<RedisEndpoint> {
  return getRedisEndpoint(serverUrl ?? (await getSharedRedis()).url, createPrefix());
}

/** A place on a server. */
export function getRedisEndpoint(url: string, prefix: string): RedisEndpoint {
  const options = { url, prefix, timeoutMs: 3_000, waitReplicas: 0, waitAof: 0 };
  return {
    url,
    prefix,
    openImport: () => RedisImport.open(options, RETENTION),
    openExport: (retention = RETENTION) => RedisExport.open(options, retention),
  };
}
