/** Computes how many instances and how much Redis a load needs, from unit costs. Pure. */
import type { Costs } from './costs.js';

/** The load and the assumptions about it. Viewers, changes and dashboards are assumed to be spread evenly. */
export interface Size {
  readonly viewers: number;
  readonly dashboards: number;
  /** Dashboards with viewers. */
  readonly watched: number;
  /** Dashboards that change. As many of them as possible are watched ones. */
  readonly changing: number;
  /** Change sets per second in total, each with a key and one change. */
  readonly changes: number;
  /** Counters per dashboard. */
  readonly counters: number;
  /** Maximum frames per second to a viewer. More frequent changes share frames. */
  readonly frames: number;
  /** Bytes of a frame on the wire, including all headers. */
  readonly frameBytes: number;
  /** Round trip of a step to Redis. Change sets that arrive in the meantime share the next step. */
  readonly stepMs: number;
  readonly keyHours: number;
  readonly ledgerDays: number;
  /** Maximum entries of a ledger. */
  readonly ledgerEntries: number;
  /** Share of a core that may be used, from 0 to 1. */
  readonly busy: number;
  /** Maximum viewers of an instance. */
  readonly instanceViewers: number;
  /** Maximum memory of a Redis master. */
  readonly shardGb: number;
}

export interface Capacity {
  readonly instances: number;
  /** CPU of all instances together, cores. */
  readonly instanceCores: number;
  /** Memory of each instance. */
  readonly instanceMb: number;
  /** Frames per second to all viewers. */
  readonly frames: number;
  /** Steps per second: calls of the Redis script, each with one or more change sets. */
  readonly steps: number;
  /** Patches per second from Redis to instances. */
  readonly patches: number;
  readonly redisCores: number;
  /** Masters of the Redis Cluster. */
  readonly shards: number;
  readonly redisGb: number;
  readonly keysGb: number;
  readonly ledgerGb: number;
  readonly pointsGb: number;
  readonly restGb: number;
  readonly diskMbPerSecond: number;
  readonly gigabitsPerSecond: number;
}

/** Bucket width in seconds, and the number of buckets of that width that the store keeps: see `BUCKETS`. */
const RETAINED_POINTS: readonly (readonly [stepS: number, kept: number])[] = [
  [1, 7_200],
  [60, 20_160],
  [3_600, 17_520],
];
/** Two, so that one can be replaced while the other serves. */
const MIN_INSTANCES = 2;
const BYTES_PER_GB = 1e9;

/**
 * Estimates the points that are kept for a counter with this rate of changes. A bucket without changes has no point,
 * and the share of buckets with at least one change follows the Poisson distribution.
 */
export function countPoints(perSecond: number): number {
  return RETAINED_POINTS.reduce((sum, [stepS, kept]) => sum + kept * (1 - Math.exp(-perSecond * stepS)), 0);
}

/**
 * Finds the smallest number of instances that can do the work. More instances mean more subscriptions and therefore
 * more work, so the number is raised until it is sufficient for the work that it causes.
 */
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

  const idleCores = (viewers * costs.idleUs) / 1e6;
  const instanceCores =
    idleCores + (frames * costs.frameUs + changes * costs.changeUs + patches * costs.receivedPatchUs) / 1e6;
  const subscriptions = watched * listeners;
  const instanceMb =
    costs.instanceMb + (viewers * costs.viewerKb + subscriptions * costs.subscriptionKb) / instances / 1_024;

  const redisCores = (changes * costs.redisChangeUs + steps * costs.redisCallUs + patches * costs.redisPatchUs) / 1e6;
  const keysGb = (changes * size.keyHours * 3_600 * costs.keyBytes) / BYTES_PER_GB;
  const entries = Math.min(changes * size.ledgerDays * 86_400, changing * size.ledgerEntries);
  const ledgerGb = (entries * costs.entryBytes) / BYTES_PER_GB;
  const pointsGb = (changing * counters * countPoints(perDashboard / counters) * costs.pointBytes) / BYTES_PER_GB;
  const restGb =
    (dashboards * (counters / 3) * costs.dashboardBytes + subscriptions * costs.redisSubscriptionBytes) / BYTES_PER_GB;
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

/** Workers or relays of one service with an embedded store, for the same load. */
export interface RelayCapacity {
  readonly relays: number;
  /** CPU of all of them together, cores. */
  readonly relayCores: number;
  /** Frames per second from the service to its relays. */
  readonly relayFrames: number;
  /** CPU of the service, cores. Beyond one, its viewers have to be relays that have relays. */
  readonly ownerCores: number;
}

/**
 * Finds the smallest number of relays that can do the work, as {@link computeCapacity} does. They pass changes on
 * together, as lines, and receive each frame once.
 */
export function computeRelays(size: Size, costs: Costs): RelayCapacity {
  for (let relays = 1; ;) {
    const capacity = computeForRelays(size, costs, relays);
    if (capacity.relays <= relays) return capacity;
    relays = capacity.relays;
  }
}

function computeForRelays(size: Size, costs: Costs, relays: number): RelayCapacity {
  const { viewers, watched, changing, changes } = size;
  const perDashboard = changes / changing;
  const relayFrames = perDashboard * Math.min(watched, changing) * Math.min(relays, viewers / watched);
  const frames = viewers * Math.min(1, changing / watched) * Math.min(perDashboard, size.frames);
  const idleUs = viewers * costs.idleUs;
  const relayCores =
    (idleUs + frames * costs.frameUs + changes * costs.changeUs + relayFrames * costs.receivedPatchUs) / 1e6;
  return {
    relays: Math.max(1, Math.ceil(relayCores / size.busy), Math.ceil(viewers / size.instanceViewers)),
    relayCores,
    relayFrames,
    ownerCores: (changes * costs.lineUs + relayFrames * costs.frameUs) / 1e6,
  };
}

/**
 * Computes the maximum change sets per second of one dashboard. It is in one slot, and therefore on one core of Redis.
 */
export function computeMaxDashboardRate({ busy }: Size, costs: Costs, changesPerStep: number): number {
  return (busy * 1e6) / (costs.redisChangeUs + costs.redisCallUs / changesPerStep);
}
