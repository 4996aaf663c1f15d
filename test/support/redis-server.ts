/** Redis servers that are removed after the tests of the file, and stores on them. */
import { Logger } from '@nestjs/common';
import { RedisStore, type RedisStoreOptions } from '../../src/store/redis/redis.store.js';
import type { StoreFactory } from '../../src/store/contract/fixtures.contract.js';
import type { Limits, Retention } from '../../src/store/store.js';
import { type RedisServer, type RedisServerOptions, startRedisServer } from '../harness/redis-server.js';
import { eventually } from './cleanup.js';

const servers: RedisServer[] = [];

// Suppresses the log lines of every new connection.
Logger.overrideLogger(['fatal', 'error', 'warn']);

afterAll(async () => {
  await Promise.all(servers.splice(0).map((server) => server.remove()));
});

/** Starts a durable server (AOF with `appendfsync always`). It is removed after the tests of the file. */
export function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  return startRedisServer(options, (server) => servers.push(server));
}

let sharedServer: Promise<RedisServer> | undefined;
let prefixCount = 0;

/** Returns the server that the tests of a file share. Each test uses its own prefix, see {@link createPrefix}. */
export function getSharedRedis(): Promise<RedisServer> {
  return (sharedServer ??= startRedis());
}

/** Returns a REDIS_PREFIX that no other test of the file uses. */
export function createPrefix(): string {
  prefixCount += 1;
  return `test-${prefixCount}`;
}

const RETENTION: Retention = { keyTtlMs: 86_400_000, ledgerRetentionMs: 30 * 86_400_000, maxLedgerEntries: 1_000_000 };
const LIMITS: Limits = { maxCounters: 1_000, maxDashboards: 10_000 };
const openedStores: RedisStore[] = [];

afterEach(async () => {
  await Promise.all(openedStores.splice(0).map((store) => store.close()));
});

/** Opens a store on a running server. Resolves when it accepts changes; the store is closed after the test. */
export async function openRedisStore(url: string, overrides: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
  const store = new RedisStore({
    url,
    prefix: 'tallyboard',
    timeoutMs: 3_000,
    waitReplicas: 0,
    waitAof: 0,
    maxPending: 10_000,
    clockSettleMs: 15_000,
    retention: RETENTION,
    limits: LIMITS,
    ...overrides,
  });
  openedStores.push(store);
  await store.open();
  // `open` waits for a slow server for `timeoutMs` at most, so the store may not be available yet.
  await eventually(() => store.isAvailable);
  return store;
}

/** Creates an empty store on the shared server, for the contract suite. */
export const createRedisStore: StoreFactory = async (retention, limits) => {
  const { url } = await getSharedRedis();
  const options = {
    prefix: createPrefix(),
    retention: { ...RETENTION, ...retention },
    limits: { ...LIMITS, ...limits },
  };
  const store = await openRedisStore(url, options);
  const reopen = async (): Promise<RedisStore> => {
    await store.close();
    return openRedisStore(url, options);
  };
  return { store, reopen };
};
