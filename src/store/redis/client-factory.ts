/** Makes clients of Redis: for one server, a Cluster, or what Sentinels watch, that fail at once instead of queueing. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import calculateSlot from 'cluster-key-slot';
import { Cluster, type ClusterOptions, Redis, type RedisOptions as ClientOptions } from 'ioredis';
import { errorMessage } from '../../counters/errors.js';
import type { RedisAddress } from '../../config/redis-url.js';
import { computeBackoffMs } from '../../retry/retry.js';
import { StoreOpenError } from '../store-open.error.js';

export type RedisClient = Redis | Cluster;

/** What clients need beside the address. */
export interface RedisClientSettings {
  /** Milliseconds that a change may wait for Redis. */
  readonly timeoutMs: number;
  /** Of the Sentinels; that of the server is in the address. */
  readonly sentinelPassword?: string;
  /** Files in PEM for TLS: authorities to trust in place of the well-known ones, and what this side shows. Empty for none. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

const INITIAL_RECONNECT_DELAY_MS = 50;
const MAX_RECONNECT_DELAY_MS = 2_000;
/** Below this a slow handshake would be taken for a server that hangs. */
const MIN_SOCKET_TIMEOUT_MS = 1_000;

/** Grows from attempt to attempt; half of it by chance, so that instances do not all come back at once. */
function computeReconnectDelayMs(attempt: number): number {
  const maxMs = computeBackoffMs(attempt - 1, INITIAL_RECONNECT_DELAY_MS, MAX_RECONNECT_DELAY_MS);
  return Math.round(maxMs * (0.5 + Math.random() / 2));
}

/** A server that was demoted says so: the address may lead to another by now. */
function isDemotedServer({ message }: Error): boolean {
  return message.startsWith('READONLY') || message.startsWith('UNBLOCKED');
}

/**
 * Makes a client, not connected yet.
 * @param name what `CLIENT LIST` shows it as
 * @throws StoreOpenError when a file for TLS cannot be read
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
    // A server that hangs, or a network that drops everything, closes nothing: commands without an answer do.
    socketTimeout: socketTimeoutMs,
    disconnectTimeout: 500,
    keepAlive: 5_000,
    maxLoadingRetryTime: 500,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // It would subscribe without catching that the connection can be lost meanwhile, which would end the process.
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
 * The client of the one server that commands with a key go to.
 * @throws Error when a Cluster knows of none: it is asked again
 */
export function findMaster(client: RedisClient, key: string): Redis {
  if (client instanceof Redis) return client;
  const [address] = client.slots[calculateSlot(key)] ?? [];
  const master = client.nodes('master').find(({ options: { host, port } }) => `${host}:${port}` === address);
  if (master) return master;
  client.refreshSlotsCache();
  throw new Error('the Cluster has no master for it');
}

function createClusterOptions(isTls: boolean, name: string) {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: computeReconnectDelayMs,
    shardedSubscribers: name === 'subscriber',
    slotsRefreshInterval: 5_000,
    slotsRefreshTimeout: MIN_SOCKET_TIMEOUT_MS,
    // It also sends commands again that were on their way when a node was lost: what is sent has to bear that.
    retryDelayOnFailover: INITIAL_RECONNECT_DELAY_MS,
    retryDelayOnClusterDown: INITIAL_RECONNECT_DELAY_MS,
    retryDelayOnTryAgain: INITIAL_RECONNECT_DELAY_MS,
    // Certificates are for names.
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
    throw new StoreOpenError(`${name}=${path} cannot be read: ${errorMessage(error)}`);
  }
}
