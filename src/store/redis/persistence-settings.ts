/** What Redis says of how it keeps what it was told: the settings and replicas of the server, or of the master that keeps the least. */
import type { Redis } from 'ioredis';
import type { RedisClient } from './client-factory.js';
import { askNodes, infoOf, type Info } from './server-info.js';

/** In the order of how little is kept: of several masters the first counts. */
const ONLY = ['no', 'unknown', 'yes'] as const;
const FSYNC = ['no', 'everysec', 'unknown', 'always'] as const;

export interface Facts {
  readonly appendonly: (typeof ONLY)[number];
  readonly appendfsync: (typeof FSYNC)[number];
  /** Whether it syncs its file also while it rewrites it: `no-appendfsync-on-rewrite`. */
  readonly syncsAlways: boolean;
  /** When it makes snapshots of itself: `save`, empty for never; undefined when it does not tell. */
  readonly save: string | undefined;
  readonly replicas: number;
  /** What it takes away when its memory is full; `noeviction` too where there is no limit to it. */
  readonly evicts: string;
}

/** @throws Error when it does not answer */
export async function askFacts(client: RedisClient): Promise<Facts> {
  return (await askNodes(client, factsOf)).reduce(worst);
}

async function factsOf(node: Redis): Promise<Facts> {
  const [info, config] = await Promise.all([
    told(node.info('persistence', 'replication', 'memory').then(infoOf)),
    told(node.config('GET', 'appendfsync', 'no-appendfsync-on-rewrite', 'save').then((found) => pairsOf(found))),
  ]);
  const enabled = info?.get('aof_enabled');
  const fsync = config?.get('appendfsync');
  return {
    appendonly: enabled === undefined ? 'unknown' : enabled === '1' ? 'yes' : 'no',
    appendfsync: FSYNC.find((one) => one === fsync) ?? 'unknown',
    syncsAlways: config?.get('no-appendfsync-on-rewrite') !== 'yes',
    save: config?.get('save'),
    replicas: replicasIn(info ?? new Map()),
    evicts: (info?.get('maxmemory') ?? '0') === '0' ? 'noeviction' : (info?.get('maxmemory_policy') ?? 'noeviction'),
  };
}

/** Managed servers do not let everybody ask: what they refuse is not known. */
async function told<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return undefined;
    throw error;
  }
}

function pairsOf(flat: readonly string[]): Info {
  return new Map(flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as const] : [])));
}

function replicasIn(info: Info): number {
  return [...info].filter(([name, value]) => /^slave\d+$/.test(name) && value.includes('state=online')).length;
}

function worst(one: Facts, other: Facts): Facts {
  const least = <T>(order: readonly T[], first: T, second: T): T =>
    order.indexOf(first) < order.indexOf(second) ? first : second;
  return {
    appendonly: least(ONLY, one.appendonly, other.appendonly),
    appendfsync: least(FSYNC, one.appendfsync, other.appendfsync),
    syncsAlways: one.syncsAlways && other.syncsAlways,
    save: one.save === '' || other.save === undefined ? one.save : other.save,
    replicas: Math.min(one.replicas, other.replicas),
    evicts: one.evicts === 'noeviction' ? other.evicts : one.evicts,
  };
}
