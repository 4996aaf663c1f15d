/** Endpoints that export from a Redis and import into it. */
import { RedisExport } from '../../src/store/redis/redis.export.js';
import { RedisImport } from '../../src/store/redis/redis.import.js';
import { createPrefix, getSharedRedis } from './redis-server.js';
import { RETENTION, type TransferEndpoint } from './sample-export.js';

interface RedisEndpoint extends TransferEndpoint {
  readonly url: string;
  readonly prefix: string;
}

/** Creates an endpoint with an unused prefix, on the server shared by the tests of the file unless a URL is given. */
export async function createRedisEndpoint(serverUrl?: string): Promise<RedisEndpoint> {
  return getRedisEndpoint(serverUrl ?? (await getSharedRedis()).url, createPrefix());
}

/** Returns the endpoint of a prefix on a server. */
export function getRedisEndpoint(url: string, prefix: string): RedisEndpoint {
  const options = { url, prefix, timeoutMs: 3_000, waitReplicas: 0, waitAof: 0 };
  return {
    url,
    prefix,
    openImport: () => RedisImport.open(options, RETENTION),
    openExport: (retention = RETENTION) => RedisExport.open(options, retention),
  };
}
