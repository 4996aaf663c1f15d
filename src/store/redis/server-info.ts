/** Identifies the server from INFO, and finds permanent faults, which waiting does not fix. */
import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './client-factory.js';
import type { RedisAddress } from '../../config/redis-url.js';
import { StoreOpenError } from '../store-open.error.js';

/** Redis 7.0 added sharded channels, 7.2 added WAITAOF. */
const MIN_VERSION = [7, 0] as const;
const MIN_WAITAOF_VERSION = [7, 2] as const;

const TLS_ERROR =
  /SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CERT_|ERR_TLS|ERR_SSL_(?!WRONG_VERSION)|EPROTO|alert (unknown|bad|certificate|handshake)/i;

/** The fields of INFO. */
export type ServerInfo = ReadonlyMap<string, string>;

export function parseServerInfo(text: string): ServerInfo {
  return new Map(
    text.split('\r\n').flatMap((line) => {
      const [name = '', value] = line.split(/:(.*)/s, 2);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/**
 * Queries the server, or each reachable master of a Cluster.
 * @throws Error if none answers
 */
export async function queryNodes<T>(client: RedisClient, query: (node: Redis) => Promise<T>): Promise<T[]> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  const results = await Promise.allSettled(nodes.map(query));
  const answers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (answers.length > 0) return answers;
  const [failed] = results;
  throw failed?.status === 'rejected' ? failed.reason : new Error('the Cluster has no master');
}

/** Reads a section of INFO from the server, or from each master of a Cluster. */
export function readServerInfo(client: RedisClient, section: string): Promise<ServerInfo[]> {
  return queryNodes(client, async (node) => parseServerInfo(await node.info(section)));
}

/** Product and version. Valkey also reports the version of Redis that it is compatible with. */
export function formatServerName(info: ServerInfo): string {
  const valkey = info.get('valkey_version');
  return valkey === undefined ? `Redis ${info.get('redis_version') ?? 'of unknown version'}` : `Valkey ${valkey}`;
}

/** @returns the permanent fault of a server that answers, if it has one */
export function findServerFault(info: ServerInfo, { kind }: RedisAddress, waitAof: number): StoreOpenError | undefined {
  // Valkey renamed the field.
  const mode = info.get('server_mode') ?? info.get('redis_mode');
  if (mode === 'sentinel') {
    return new StoreOpenError('REDIS_URL points to a Sentinel: use redis+sentinel://host:port/name');
  }
  if (mode === 'cluster' && kind !== 'cluster') {
    return new StoreOpenError('REDIS_URL points to a node of a Cluster: use redis+cluster://');
  }
  if (mode === 'standalone' && kind === 'cluster') return createNotClusterError();
  const version = info.get('redis_version');
  if (version === undefined) return undefined;
  if (isOlder(version, MIN_VERSION)) {
    return new StoreOpenError(`${formatServerName(info)} is too old: use Redis 7.0 or later, or Valkey`);
  }
  if (waitAof > 0 && isOlder(version, MIN_WAITAOF_VERSION)) {
    return new StoreOpenError(
      `${formatServerName(info)} does not support REDIS_WAIT_AOF=${waitAof}: use Redis 7.2 or later, or Valkey; or set REDIS_WAIT_AOF=0 and appendfsync always`,
    );
  }
  return undefined;
}

/** @returns the permanent fault behind a connection error; undefined for a transient one */
export function toConnectionError(error: Error): StoreOpenError | undefined {
  const text = `${'code' in error ? String(error.code) : ''} ${error.message}`;
  if (/\b(WRONGPASS|NOAUTH)\b|invalid password/.test(text)) {
    return new StoreOpenError(`Redis rejects the user or the password of REDIS_URL: ${error.message}`);
  }
  if (/\bNOPERM\b/.test(text)) return new StoreOpenError(`the user of REDIS_URL lacks a permission: ${error.message}`);
  if (/DB index is out of range/.test(text)) {
    return new StoreOpenError('the database number of REDIS_URL is out of range');
  }
  if (/cluster support disabled/.test(text)) return createNotClusterError();
  if (/WRONG_VERSION_NUMBER|wrong version number|packet length too long/i.test(text)) {
    return new StoreOpenError(
      'Redis does not use TLS on this port: use redis:// instead of rediss://, or the TLS port',
    );
  }
  if (TLS_ERROR.test(text)) {
    const { reason = error.message } = error as Error & { readonly reason?: string };
    return new StoreOpenError(
      `the TLS handshake with Redis failed: ${reason}: check REDIS_CA_FILE, REDIS_CERT_FILE and REDIS_KEY_FILE, and that the certificate is for the host of REDIS_URL`,
    );
  }
  return undefined;
}

function createNotClusterError(): StoreOpenError {
  return new StoreOpenError('REDIS_URL points to a server that is not in a Cluster: use redis://');
}

function isOlder(version: string, [minMajor, minMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < minMajor || (major === minMajor && minor < minMinor);
}
