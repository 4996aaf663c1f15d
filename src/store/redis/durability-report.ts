/** What an acknowledgement means on this Redis: asked after every connection and then now and again, said at the start, and when it changes. */
import type { Durability } from '../durability.js';
import type { PersistenceSettings } from './persistence-settings.js';

/** What acknowledgements wait for, and whether another server may take the place of this one. */
export interface AcknowledgementRequirements {
  readonly waitReplicas: number;
  readonly waitAof: number;
  readonly hasSentinels: boolean;
}

/** What follows from how Redis is set, in words. */
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
    if (appendfsync === 'no') return 'in the memory of Redis, on its disk when its system sees fit (appendfsync no)';
    return 'in the memory of Redis, and in its append-only file: it does not tell when that is on the disk';
  }
  if (appendonly === 'unknown') return 'in the memory of Redis: it does not tell whether it writes to a disk';
  return save ? 'in the memory of Redis, on its disk with its next snapshot' : 'in the memory of Redis alone';
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
  return 'Redis does not tell how it writes to its disk: see to it that it runs with appendonly yes and appendfsync always, or a crash can lose acknowledged changes';
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
    return 'a crash of Redis while it rewrites its file can lose acknowledged changes (no-appendfsync-on-rewrite yes): set no-appendfsync-on-rewrite no';
  }
  const [lost, alternative] =
    appendfsync === 'everysec'
      ? ['about a second of', ', or from Redis 7.2 on REDIS_WAIT_AOF=1']
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

/** Only dashboards themselves have no time to end at: keys, ledger and points have one, for when nobody counts any more. */
function findEvictionLoss({ evictionPolicy }: PersistenceSettings): string | undefined {
  if (evictionPolicy === 'noeviction') return undefined;
  const loss = evictionPolicy.startsWith('allkeys')
    ? 'Redis takes counters away when its memory is full'
    : 'Redis takes ledger, history and idempotency keys away when its memory is full, and retries then count twice';
  return `${loss} (maxmemory-policy ${evictionPolicy}): set maxmemory-policy noeviction`;
}

function findReplicaShortage(
  { appendonly, appendfsync, replicas }: PersistenceSettings,
  { waitReplicas, waitAof }: AcknowledgementRequirements,
): string | undefined {
  if (waitAof > 0 && appendonly === 'no') {
    return `changes are refused: REDIS_WAIT_AOF=${waitAof}, and Redis has appendonly no: set appendonly yes`;
  }
  // WAITAOF confirms what Redis itself has synced: nothing, there.
  if (waitAof > 0 && appendfsync === 'no') {
    return `changes are refused: REDIS_WAIT_AOF=${waitAof}, and Redis has appendfsync no: set appendfsync always`;
  }
  const required = Math.max(waitReplicas, waitAof - 1);
  if (replicas >= required) return undefined;
  return `changes are refused: they wait for ${formatReplicaCount(required)}, and ${replicas} are connected`;
}

function formatReplicaCount(replicas: number): string {
  return replicas === 1 ? '1 replica' : `${replicas} replicas`;
}

function isDefined(text: string | undefined): text is string {
  return text !== undefined;
}
