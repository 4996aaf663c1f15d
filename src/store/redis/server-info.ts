/** What Redis is found to be, and what of it will not get better by waiting. */
import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './client-factory.js';
import type { RedisAddress } from '../../config/redis-url.js';
import { StoreOpenError } from '../store-open.error.js';

/** Sharded channels came with 7.0, WAITAOF with 7.2. */
const MIN_VERSION = [7, 0] as const;
const MIN_WAITAOF_VERSION = [7, 2] as const;

const TLS_ERROR =
  /SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CERT_|ERR_TLS|ERR_SSL_(?!WRONG_VERSION)|EPROTO|alert (unknown|bad|certificate|handshake)/i;

/** The fields of `INFO`. */
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
 * Asks the server, or each master of a Cluster that is there.
 * @throws Error when none answers
 */
export async function queryNodes<T>(client: RedisClient, query: (node: Redis) => Promise<T>): Promise<T[]> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  const results = await Promise.allSettled(nodes.map(query));
  const answers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (answers.length > 0) return answers;
  const [failed] = results;
  throw failed?.status === 'rejected' ? failed.reason : new Error('there is no master');
}

/** `INFO` of the server, or of each master of a Cluster. */
export function readServerInfo(client: RedisClient, section: string): Promise<ServerInfo[]> {
  return queryNodes(client, async (node) => parseServerInfo(await node.info(section)));
}

/** What it is, for a person. Redis and Valkey both say a version of Redis. */
export function formatServerName(info: ServerInfo): string {
  const valkey = info.get('valkey_version');
  return valkey === undefined ? `Redis ${info.get('redis_version') ?? 'of unknown version'}` : `Valkey ${valkey}`;
}

/** What is wrong with a server that answers; undefined when nothing is. */
export function findServerFault(info: ServerInfo, { kind }: RedisAddress, waitAof: number): StoreOpenError | undefined {
  // Valkey has named it anew.
  const mode = info.get('server_mode') ?? info.get('redis_mode');
  if (mode === 'sentinel') {
    return new StoreOpenError('REDIS_URL leads to a Sentinel: write redis+sentinel://host:port/name for it');
  }
  if (mode === 'cluster' && kind !== 'cluster') {
    return new StoreOpenError('REDIS_URL leads to a node of a Cluster: write redis+cluster:// for it');
  }
  if (mode === 'standalone' && kind === 'cluster') return createNotClusterError();
  const version = info.get('redis_version');
  if (version === undefined) return undefined;
  if (isOlder(version, MIN_VERSION)) {
    return new StoreOpenError(`${formatServerName(info)} is too old: Tallyboard needs Redis 7.0 or later, or Valkey`);
  }
  if (waitAof > 0 && isOlder(version, MIN_WAITAOF_VERSION)) {
    return new StoreOpenError(
      `${formatServerName(info)} cannot do what REDIS_WAIT_AOF asks for: that needs Redis 7.2 or later, or Valkey; or leave REDIS_WAIT_AOF at 0 and set appendfsync always`,
    );
  }
  return undefined;
}

/** What an error on the way to the server says that will not get better by waiting; undefined for what may. */
export function toConnectionError(error: Error): StoreOpenError | undefined {
  const text = `${'code' in error ? String(error.code) : ''} ${error.message}`;
  if (/\b(WRONGPASS|NOAUTH)\b|invalid password/.test(text)) {
    return new StoreOpenError(`Redis refuses the user or the password of REDIS_URL: ${error.message}`);
  }
  if (/\bNOPERM\b/.test(text)) return new StoreOpenError(`Redis refuses the user of REDIS_URL: ${error.message}`);
  if (/DB index is out of range/.test(text)) {
    return new StoreOpenError('Redis does not have the database that REDIS_URL ends with');
  }
  if (/cluster support disabled/.test(text)) return createNotClusterError();
  if (/WRONG_VERSION_NUMBER|wrong version number|packet length too long/i.test(text)) {
    return new StoreOpenError(
      'Redis does not speak TLS there: write redis:// in place of rediss://, or give its TLS port',
    );
  }
  if (TLS_ERROR.test(text)) {
    const { reason = error.message } = error as Error & { readonly reason?: string };
    return new StoreOpenError(
      `TLS with Redis fails: ${reason}: see to REDIS_CA_FILE, REDIS_CERT_FILE and REDIS_KEY_FILE, and that the certificate is for the host of REDIS_URL`,
    );
  }
  return undefined;
}

function createNotClusterError(): StoreOpenError {
  return new StoreOpenError('REDIS_URL leads to a server that is no Cluster: write redis:// for it');
}

function isOlder(version: string, [minMajor, minMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < minMajor || (major === minMajor && minor < minMinor);
}
