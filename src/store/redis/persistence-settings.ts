/** Reads the persistence settings and replicas of the server, or the weakest of all masters of a Cluster. */
import type { Redis } from 'ioredis';
import type { RedisClient } from './client-factory.js';
import { queryNodes, parseServerInfo, type ServerInfo } from './server-info.js';

/** Values from the weakest to the strongest. */
const APPENDONLY_WEAKEST_FIRST = ['no', 'unknown', 'yes'] as const;
const APPENDFSYNC_WEAKEST_FIRST = ['no', 'everysec', 'unknown', 'always'] as const;

export interface PersistenceSettings {
  readonly appendonly: (typeof APPENDONLY_WEAKEST_FIRST)[number];
  readonly appendfsync: (typeof APPENDFSYNC_WEAKEST_FIRST)[number];
  /** False with `no-appendfsync-on-rewrite yes`. */
  readonly syncsDuringRewrite: boolean;
  /** `save`: when Redis takes snapshots, empty for never; undefined if it cannot be read. */
  readonly save: string | undefined;
  readonly replicas: number;
  /** `maxmemory-policy`, or `noeviction` without a memory limit. */
  readonly evictionPolicy: string;
}

/** @throws Error if no server answers */
export async function readPersistenceSettings(client: RedisClient): Promise<PersistenceSettings> {
  return (await queryNodes(client, readNodeSettings)).reduce(selectWeakest);
}

async function readNodeSettings(node: Redis): Promise<PersistenceSettings> {
  const [info, config] = await Promise.all([
    undefinedIfRefused(node.info('persistence', 'replication', 'memory').then(parseServerInfo)),
    undefinedIfRefused(
      node.config('GET', 'appendfsync', 'no-appendfsync-on-rewrite', 'save').then((found) => parsePairs(found)),
    ),
  ]);
  const enabled = info?.get('aof_enabled');
  const fsync = config?.get('appendfsync');
  return {
    appendonly: enabled === undefined ? 'unknown' : enabled === '1' ? 'yes' : 'no',
    appendfsync: APPENDFSYNC_WEAKEST_FIRST.find((value) => value === fsync) ?? 'unknown',
    syncsDuringRewrite: config?.get('no-appendfsync-on-rewrite') !== 'yes',
    save: config?.get('save'),
    replicas: countReplicas(info ?? new Map()),
    evictionPolicy:
      (info?.get('maxmemory') ?? '0') === '0' ? 'noeviction' : (info?.get('maxmemory_policy') ?? 'noeviction'),
  };
}

/** Managed servers refuse some commands; their answers are unknown. */
async function undefinedIfRefused<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return undefined;
    throw error;
  }
}

function parsePairs(flat: readonly string[]): ServerInfo {
  return new Map(flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as const] : [])));
}

function countReplicas(info: ServerInfo): number {
  return [...info].filter(([name, value]) => /^slave\d+$/.test(name) && value.includes('state=online')).length;
}

function selectWeakest(left: PersistenceSettings, right: PersistenceSettings): PersistenceSettings {
  const weaker = <T>(order: readonly T[], first: T, second: T): T =>
    order.indexOf(first) < order.indexOf(second) ? first : second;
  return {
    appendonly: weaker(APPENDONLY_WEAKEST_FIRST, left.appendonly, right.appendonly),
    appendfsync: weaker(APPENDFSYNC_WEAKEST_FIRST, left.appendfsync, right.appendfsync),
    syncsDuringRewrite: left.syncsDuringRewrite && right.syncsDuringRewrite,
    save: left.save === '' || right.save === undefined ? left.save : right.save,
    replicas: Math.min(left.replicas, right.replicas),
    evictionPolicy: left.evictionPolicy === 'noeviction' ? right.evictionPolicy : left.evictionPolicy,
  };
}
