/** How many instances and how much Redis a size takes, from what one piece of work costs. Pure. */
import type { Costs } from './costs.js';

/** What is asked for, and what is assumed. All that is spread is spread evenly. */
export interface Size {
  readonly viewers: number;
  readonly dashboards: number;
  /** Dashboards that somebody watches: viewers are spread over these. */
  readonly watched: number;
  /** Dashboards that change: changes are spread over these, and those that are watched are among them first. */
  readonly changing: number;
  /** Change sets a second, all together, each with a key and one change. */
  readonly changes: number;
  /** Counters of a dashboard. */
  readonly counters: number;
  /** Most frames a second to a viewer: changes that come faster share frames. */
  readonly frames: number;
  /** Bytes of a frame on the wire, with all headers. */
  readonly frameBytes: number;
  /** How long a step is on its way, milliseconds: what comes meanwhile shares the next. */
  readonly stepMs: number;
  readonly keyHours: number;
  readonly ledgerDays: number;
  /** Most entries of a ledger. */
  readonly ledgerEntries: number;
  /** Share of a core that may be used. */
  readonly busy: number;
  /** Most viewers of an instance. */
  readonly instanceViewers: number;
  /** Most memory of a master of Redis, GB. */
  readonly shardGb: number;
}

export interface Capacity {
  readonly instances: number;
  /** CPU that all instances use, cores. */
  readonly instanceCores: number;
  /** Memory of each instance, MB. */
  readonly instanceMb: number;
  /** Frames a second, all together. */
  readonly frames: number;
  /** Steps a second. */
  readonly steps: number;
  /** Patches a second from Redis to instances. */
  readonly patches: number;
  readonly redisCores: number;
  /** Masters of a cluster. */
  readonly shards: number;
  readonly redisGb: number;
  readonly keysGb: number;
  readonly ledgerGb: number;
  readonly pointsGb: number;
  readonly restGb: number;
  readonly diskMbPerSecond: number;
  readonly gigabitsPerSecond: number;
}

/** Points that are kept for each width, and the width in seconds: `BUCKETS` of the store. */
const RETAINED_POINTS: readonly (readonly [stepS: number, kept: number])[] = [
  [1, 7_200],
  [60, 20_160],
  [3_600, 17_520],
];
/** One for the work, and one that is left when the other is not there. */
const MIN_INSTANCES = 2;
const BYTES_PER_GB = 1e9;

/** Points of a counter that changes so often a second: a bucket in which nothing happens writes none. */
export function countPoints(perSecond: number): number {
  return RETAINED_POINTS.reduce((sum, [stepS, kept]) => sum + kept * (1 - Math.exp(-perSecond * stepS)), 0);
}

/** More instances are more listeners, who make more work: the smallest number that carries its own. */
export function computeCapacity(size: Size, costs: Costs): Capacity {
  for (let instances = MIN_INSTANCES; ;) {
    const capacity = computeForInstances(size, costs, instances);
    if (capacity.instances <= instances) return capacity;
    instances = capacity.instances;
  }
}

function computeForInstances(size: Size, costs: Costs, instances: number): Capacity {
  const { viewers, dashboards, watched, changing, changes, counters } = size;
  const perDashboard = changes / changing;
  const listeners = Math.min(instances, viewers / watched);
  const stepsPerDashboard = Math.min(perDashboard, (instances * 1_000) / size.stepMs);
  const steps = stepsPerDashboard * changing;
  const patches = stepsPerDashboard * Math.min(watched, changing) * listeners;
  const activeViewers = viewers * Math.min(1, changing / watched);
  const frames = activeViewers * Math.min(perDashboard, size.frames);

  const instanceCores = (frames * costs.frameUs + changes * costs.changeUs + patches * costs.heardUs) / 1e6;
  const subscriptions = watched * listeners;
  const instanceMb =
    costs.instanceMb + (viewers * costs.viewerKb + subscriptions * costs.listenedKb) / instances / 1_024;

  const redisCores = (changes * costs.redisChangeUs + steps * costs.redisStepUs + patches * costs.redisPatchUs) / 1e6;
  const keysGb = (changes * size.keyHours * 3_600 * costs.keyBytes) / BYTES_PER_GB;
  const entries = Math.min(changes * size.ledgerDays * 86_400, changing * size.ledgerEntries);
  const ledgerGb = (entries * costs.entryBytes) / BYTES_PER_GB;
  const pointsGb = (changing * counters * countPoints(perDashboard / counters) * costs.pointBytes) / BYTES_PER_GB;
  const restGb =
    (dashboards * (counters / 3) * costs.dashboardBytes + subscriptions * costs.listenBytes) / BYTES_PER_GB;
  const redisGb = keysGb + ledgerGb + pointsGb + restGb;
  return {
    instances: Math.max(MIN_INSTANCES, Math.ceil(instanceCores / size.busy), Math.ceil(viewers / size.instanceViewers)),
    instanceCores,
    instanceMb,
    frames,
    steps,
    patches,
    redisCores,
    shards: Math.max(1, Math.ceil(redisCores / size.busy), Math.ceil(redisGb / size.shardGb)),
    redisGb,
    keysGb,
    ledgerGb,
    pointsGb,
    restGb,
    diskMbPerSecond: (changes * costs.diskBytes) / 1e6,
    gigabitsPerSecond: (frames * size.frameBytes * 8) / 1e9,
  };
}

/** Change sets a second that one dashboard takes, so many to a step: it is in one slot, and so on one core of Redis. */
export function computeMaxDashboardRate({ busy }: Size, costs: Costs, changesPerStep: number): number {
  return (busy * 1e6) / (costs.redisChangeUs + costs.redisStepUs / changesPerStep);
}
