/**
 * Creates clients for a single server, a Cluster, or a master watched by Sentinels. Their commands fail at once while
 * there is no connection; they are never queued.
 */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import calculateSlot from 'cluster-key-slot';
import { Cluster, type ClusterOptions, Redis, type RedisOptions as ClientOptions } from 'ioredis';
import { errorMessage } from '../../counters/errors.js';
import type { RedisAddress } from '../../config/redis-url.js';
import { computeBackoffMs } from '../../retry/retry.js';
import { StoreOpenError } from '../store-open.error.js';

export type RedisClient = Redis | Cluster;

/** Settings of a client, apart from the address. */
export interface RedisClientSettings {
  /** Longest time a change may wait for Redis, milliseconds. */
  readonly timeoutMs: number;
  /** Password of the Sentinels. The password of the server is part of the address. */
  readonly sentinelPassword?: string;
  /** PEM files for TLS: the authority to trust instead of the public ones, and the client certificate with its key. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

const INITIAL_RECONNECT_DELAY_MS = 50;
const MAX_RECONNECT_DELAY_MS = 2_000;
/** With less, a slow handshake would count as a hanging server. */
const MIN_SOCKET_TIMEOUT_MS = 1_000;

/** Half of the delay is random, so that instances do not all reconnect at the same moment. */
function computeReconnectDelayMs(attempt: number): number {
  const maxMs = computeBackoffMs(attempt - 1, INITIAL_RECONNECT_DELAY_MS, MAX_RECONNECT_DELAY_MS);
  return Math.round(maxMs * (0.5 + Math.random() / 2));
}

/** A demoted master answers with such an error; its address may resolve to another server now. */
function isDemotedServer({ message }: Error): boolean {
  return message.startsWith('READONLY') || message.startsWith('UNBLOCKED');
}

/**
 * Creates a client that is not connected yet.
 * @param name suffix of its name in `CLIENT LIST`
 * @throws StoreOpenError if a TLS file cannot be read
 */
export function createRedisClient(address: RedisAddress, settings: RedisClientSettings, name: string): RedisClient {
  const { kind, isTls, hosts, username, password, db, masterName } = address;
  const socketTimeoutMs = Math.max(MIN_SOCKET_TIMEOUT_MS, settings.timeoutMs);
  const tls = isTls ? { tls: readTlsOptions(settings) } : {};
  const baseOptions = {
    connectionName: `tallyboard-${name}`,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...tls,
    connectTimeout: socketTimeoutMs,
    // A hanging server, or a network that drops all packets, closes no connection. This closes it when a command gets
    // no answer.
    socketTimeout: socketTimeoutMs,
    disconnectTimeout: 500,
    keepAlive: 5_000,
    maxLoadingRetryTime: 500,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // ioredis resubscribes without catching errors; a connection lost meanwhile would end the process.
    autoResubscribe: false,
    reconnectOnError: isDemotedServer,
  } as const satisfies ClientOptions;
  if (kind === 'cluster')
    return new Cluster([...hosts], { ...createClusterOptions(isTls, name), redisOptions: baseOptions });
  const singleServer = {
    ...baseOptions,
    db,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: computeReconnectDelayMs,
  };
  if (kind === 'server') return new Redis({ ...singleServer, ...hosts[0] });
  return new Redis({
    ...singleServer,
    sentinels: [...hosts],
    ...(masterName !== undefined && { name: masterName }),
    role: 'master',
    failoverDetector: true,
    sentinelRetryStrategy: computeReconnectDelayMs,
    sentinelReconnectStrategy: computeReconnectDelayMs,
    sentinelCommandTimeout: socketTimeoutMs,
    ...(settings.sentinelPassword && { sentinelPassword: settings.sentinelPassword }),
    ...(isTls && { enableTLSForSentinelMode: true, sentinelTLS: tls.tls }),
  });
}

/**
 * Returns the client of the server that commands with `key` go to.
 * @throws Error if the Cluster's slot map has no master for the key; the map is being refreshed then
 */
export function findMaster(client: RedisClient, key: string): Redis {
  if (client instanceof Redis) return client;
  const [address] = client.slots[calculateSlot(key)] ?? [];
  const master = client.nodes('master').find(({ options: { host, port } }) => `${host}:${port}` === address);
  if (master) return master;
  client.refreshSlotsCache();
  throw new Error(`the Cluster has no master for the slot of ${key}`);
}

function createClusterOptions(isTls: boolean, name: string) {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: computeReconnectDelayMs,
    shardedSubscribers: name === 'subscriber',
    slotsRefreshInterval: 5_000,
    slotsRefreshTimeout: MIN_SOCKET_TIMEOUT_MS,
    // The client also resends commands that were in flight when a node was lost, so every command must be safe to
    // repeat.
    retryDelayOnFailover: INITIAL_RECONNECT_DELAY_MS,
    retryDelayOnClusterDown: INITIAL_RECONNECT_DELAY_MS,
    retryDelayOnTryAgain: INITIAL_RECONNECT_DELAY_MS,
    // Certificates name hosts, not addresses.
    ...(isTls && {
      dnsLookup: (host: string, callback: (error: null, address: string) => void) => callback(null, host),
    }),
  } satisfies ClusterOptions;
}

function readTlsOptions({ caFile, certFile, keyFile }: RedisClientSettings): ConnectionOptions {
  return {
    ...(caFile && { ca: readTlsFile('REDIS_CA_FILE', caFile) }),
    ...(certFile && { cert: readTlsFile('REDIS_CERT_FILE', certFile) }),
    ...(keyFile && { key: readTlsFile('REDIS_KEY_FILE', keyFile) }),
  };
}

function readTlsFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StoreOpenError(`cannot read ${name}=${path}: ${errorMessage(error)}`);
  }
}
