/** Derives from the settings of Redis where an acknowledged change is stored, and what could lose it. */
import type { Durability } from '../durability.js';
import type { PersistenceSettings } from './persistence-settings.js';

/** The configured requirements for an acknowledgement, and whether Sentinels may promote another server. */
export interface AcknowledgementRequirements {
  readonly waitReplicas: number;
  readonly waitAof: number;
  readonly hasSentinels: boolean;
}

export function describeDurability(
  settings: PersistenceSettings,
  requirements: AcknowledgementRequirements,
): Durability {
  const { appendonly, appendfsync, replicas } = settings;
  const { waitReplicas, waitAof } = requirements;
  const unknown = findUnknownPersistence(settings, requirements);
  const losses = [
    findDiskLoss(settings, requirements),
    findFailoverLoss(settings, requirements),
    findEvictionLoss(settings),
  ].filter(isDefined);
  return {
    acknowledged: [describeServerStorage(settings, requirements), ...describeReplicaStorage(requirements)].join(
      ', and ',
    ),
    survives: losses.length > 0 ? 'no' : unknown === undefined ? 'yes' : 'unknown',
    appendonly,
    appendfsync,
    replicas,
    waitReplicas,
    waitAof,
    warnings: [unknown, ...losses, findReplicaShortage(settings, requirements)].filter(isDefined),
  };
}

function describeServerStorage(
  { appendonly, appendfsync, save }: PersistenceSettings,
  { waitAof }: AcknowledgementRequirements,
): string {
  if (appendonly === 'yes') {
    if (waitAof > 0) return `on the disk of Redis (REDIS_WAIT_AOF=${waitAof})`;
    if (appendfsync === 'always') return 'on the disk of Redis (appendfsync always)';
    if (appendfsync === 'everysec')
      return 'in the memory of Redis, on its disk about a second later (appendfsync everysec)';
    if (appendfsync === 'no')
      return 'in the memory of Redis, on its disk when the operating system writes it (appendfsync no)';
    return 'in the memory and the append-only file of Redis; its appendfsync setting is unknown';
  }
  if (appendonly === 'unknown') return 'in the memory of Redis; its persistence settings are unknown';
  return save ? 'in the memory of Redis, on its disk with its next snapshot' : 'only in the memory of Redis';
}

function describeReplicaStorage({ waitReplicas, waitAof }: AcknowledgementRequirements): string[] {
  const onDisk = Math.max(0, waitAof - 1);
  return [
    ...(onDisk > 0 ? [`on the disk of ${formatReplicaCount(onDisk)}`] : []),
    ...(waitReplicas > onDisk ? [`in the memory of ${formatReplicaCount(waitReplicas)}`] : []),
  ];
}

function findUnknownPersistence(
  { appendonly, appendfsync }: PersistenceSettings,
  { waitAof }: AcknowledgementRequirements,
): string | undefined {
  const isKnown = appendonly === 'yes' ? waitAof > 0 || appendfsync !== 'unknown' : appendonly === 'no';
  if (isKnown) return undefined;
  return 'the persistence settings of Redis cannot be read: make sure that it runs with appendonly yes and appendfsync always, or a crash can lose acknowledged changes';
}

function findDiskLoss(settings: PersistenceSettings, { waitAof }: AcknowledgementRequirements): string | undefined {
  const { appendonly, appendfsync, save, syncsDuringRewrite } = settings;
  if (appendonly === 'no') {
    const lost = save ? 'all changes since its last snapshot' : 'everything';
    return `a crash of Redis loses ${lost}, acknowledged or not: set appendonly yes and appendfsync always`;
  }
  if (appendonly === 'unknown' || waitAof > 0 || appendfsync === 'unknown') return undefined;
  if (appendfsync === 'always') {
    if (syncsDuringRewrite) return undefined;
    return 'a crash of Redis while it rewrites its append-only file can lose acknowledged changes (no-appendfsync-on-rewrite yes): set no-appendfsync-on-rewrite no';
  }
  const [lost, alternative] =
    appendfsync === 'everysec'
      ? ['about a second of', ', or REDIS_WAIT_AOF=1 (Redis 7.2 or later)']
      : ['up to half a minute of', ''];
  return `a crash of Redis can lose ${lost} acknowledged changes (appendfsync ${appendfsync}): set appendfsync always${alternative}`;
}

function findFailoverLoss(
  { replicas }: PersistenceSettings,
  { waitReplicas, waitAof, hasSentinels }: AcknowledgementRequirements,
): string | undefined {
  if (waitReplicas > 0 || waitAof > 1 || (replicas === 0 && !hasSentinels)) return undefined;
  return 'a failover can lose acknowledged changes that the replica does not have yet: set REDIS_WAIT_REPLICAS=1';
}

/** A `volatile-*` policy evicts only keys that expire: all of a dashboard but its hash. */
function findEvictionLoss({ evictionPolicy }: PersistenceSettings): string | undefined {
  if (evictionPolicy === 'noeviction') return undefined;
  const loss = evictionPolicy.startsWith('allkeys')
    ? 'Redis evicts counters when its memory is full'
    : 'Redis evicts ledger, history and idempotency keys when its memory is full, so retries can count twice';
  return `${loss} (maxmemory-policy ${evictionPolicy}): set maxmemory-policy noeviction`;
}

function findReplicaShortage(
  { appendonly, appendfsync, replicas }: PersistenceSettings,
  { waitReplicas, waitAof }: AcknowledgementRequirements,
): string | undefined {
  if (waitAof > 0 && appendonly === 'no') {
    return `changes are refused: REDIS_WAIT_AOF=${waitAof} needs an append-only file, and Redis has appendonly no: set appendonly yes`;
  }
  // WAITAOF counts only what Redis itself has synced, and with `no` it never syncs.
  if (waitAof > 0 && appendfsync === 'no') {
    return `changes are refused: REDIS_WAIT_AOF=${waitAof} needs syncs by Redis, and it has appendfsync no: set appendfsync always`;
  }
  const required = Math.max(waitReplicas, waitAof - 1);
  if (replicas >= required) return undefined;
  return `changes are refused: ${formatReplicaCount(required)} must confirm them, ${replicas} connected: connect more, or lower REDIS_WAIT_REPLICAS or REDIS_WAIT_AOF`;
}

function formatReplicaCount(replicas: number): string {
  return replicas === 1 ? '1 replica' : `${replicas} replicas`;
}

function isDefined(text: string | undefined): text is string {
  return text !== undefined;
}
