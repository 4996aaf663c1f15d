/**
 * Measures the unit costs with two instances and one Redis, each cost as the difference that its work makes. Takes
 * about two minutes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import http from 'node:http';
import type { Costs } from './costs.js';
import { readCpuCost, computeCostPerOperation, type InstanceGroup, withInstances } from '../instances.js';
import type { LoadGenerator } from '../load-generator.js';
import { readCpuMs, readRssBytes } from '../server.js';

/** Enough that free space in the heap before they connect is insignificant. */
const VIEWERS = 8_000;
const FRAMES_PER_SECOND = 4;
const LINES = 40_000;
const CONNECTIONS = 64;
const WINDOW_MS = 3_000;
/** Default of the service. Every viewer is pinged in it, and gets a heartbeat or two. */
const PING_INTERVAL_MS = 20_000;
const DASHBOARDS = 6_000;
/** Definitions in flight at a time. */
const MAX_CONCURRENT_REQUESTS = 32;
const CHANGED_DASHBOARDS = 100;
const POINTS = 7_200;
const MESSAGES = 3_000;
const SUBSCRIBERS = 8;
/** Makes keys as long as a UUID. */
const KEY_PREFIX = 'capacity-measured-with-a-key-';

/** Reads `used_memory` after a pause in which Redis releases buffers of connections. */
async function readUsedBytes({ redis }: InstanceGroup): Promise<number> {
  await sleep(200);
  return redis.readNumber('memory', 'used_memory');
}

async function defineDashboards({ servers: [server] }: InstanceGroup, count: number): Promise<void> {
  if (!server) throw new Error('no instance was started');
  const agent = new http.Agent({ keepAlive: true, maxSockets: MAX_CONCURRENT_REQUESTS });
  const counters = { orders: { title: 'Orders', unit: 'order' }, customers: {}, products: {} };
  const names = Array.from({ length: count }, (_, index) => `d${index}`);
  await Promise.all(names.map((name) => server.request('PUT', `/dashboards/${name}`, { counters }, agent)));
  agent.destroy();
}

/** Reads how many steps (calls of EVALSHA) Redis has executed. */
async function readStepCount({ redis }: InstanceGroup): Promise<number> {
  const text = await redis.client.info('commandstats');
  return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(text)?.[1] ?? 0);
}

/** Average cost of a change, and its share of a step. */
interface OperationCost {
  readonly instanceUs: number;
  readonly redisUs: number;
  readonly stepsEach: number;
}

async function measureOperations(
  group: InstanceGroup,
  changes: number,
  run: () => Promise<number>,
): Promise<OperationCost> {
  const [from, stepsBefore] = [readCpuCost(group), await readStepCount(group)];
  const done = (await run()) || changes;
  const cost = computeCostPerOperation(done, from, readCpuCost(group));
  return {
    instanceUs: cost.instancesUs,
    redisUs: cost.redisUs,
    stepsEach: ((await readStepCount(group)) - stepsBefore) / done,
  };
}

/**
 * Sends changes to all instances until their heaps have the size that garbage collection needs; after that a heap grows
 * only by data that is kept. Sends no keys, because they would grow the hash tables of Redis before keys are measured.
 */
async function warmUp({ servers, faults }: InstanceGroup, generator: LoadGenerator): Promise<void> {
  for (const { port } of servers)
    await generator.run('startStorm', { port, connections: CONNECTIONS, cycle: ['POST /order'] });
  await sleep(WINDOW_MS);
  const { refused } = await generator.run('stopChanges', null);
  if (refused > 0) faults.push(`${refused} changes were refused or never acknowledged`);
  await generator.run('disconnect', null);
  await sleep(500);
}

async function streamChanges(
  group: InstanceGroup,
  generator: LoadGenerator,
  lines: number,
  keys?: string,
  dashboards?: number,
): Promise<number> {
  const port = group.servers[0]?.port ?? 0;
  const more = { ...(keys !== undefined && { keys }), ...(dashboards !== undefined && { dashboards }) };
  const { faults } = await generator.run('sendStream', { port, lines, lineBytes: 1, replayed: false, ...more });
  group.faults.push(...faults);
  return lines;
}

async function measureChanges(group: InstanceGroup, generator: LoadGenerator) {
  const [server] = group.servers;
  if (!server) throw new Error('no instance was started');
  await streamChanges(group, generator, LINES, `${KEY_PREFIX}w`);
  const empty = await readUsedBytes(group);
  await streamChanges(group, generator, LINES);
  const bare = await readUsedBytes(group);
  const fileBefore = await group.redis.readNumber('persistence', 'aof_current_size');
  const streamed = await measureOperations(group, LINES, () =>
    streamChanges(group, generator, LINES, `${KEY_PREFIX}s`),
  );
  const diskBytes = ((await group.redis.readNumber('persistence', 'aof_current_size')) - fileBefore) / LINES;
  const keyed = await readUsedBytes(group);
  const entryBytes = (bare - empty) / LINES;
  const calls = { ports: [server.port], connections: CONNECTIONS, keys: KEY_PREFIX };
  await generator.run('startRetrying', calls);
  await sleep(WINDOW_MS / 2);
  const before = (await generator.run('sample', server)).changes;
  const called = await measureOperations(group, 0, async () => {
    await sleep(WINDOW_MS);
    return (await generator.run('sample', server)).changes - before;
  });
  group.faults.push(...(await generator.run('stopRetrying', null)).faults);
  // Two equations with two unknowns: requests and streams differ in the number of change sets per step.
  const redisCallUs = (called.redisUs - streamed.redisUs) / (called.stepsEach - streamed.stepsEach);
  return {
    changeUs: called.instanceUs,
    lineUs: streamed.instanceUs,
    redisCallUs,
    redisChangeUs: streamed.redisUs - streamed.stepsEach * redisCallUs,
    entryBytes,
    keyBytes: (keyed - bare) / LINES - entryBytes,
    diskBytes,
  };
}

/** Measures the memory of a viewer, its CPU while it is idle, and the CPU of a frame, on one instance. */
async function measureViewers(group: InstanceGroup, generator: LoadGenerator) {
  const [server] = group.servers;
  if (!server) throw new Error('no instance was started');
  const before = readRssBytes(server.pid);
  await group.viewers.run('openViewers', { port: server.port, viewers: VIEWERS });
  await sleep(1_000);
  const viewerKb = (readRssBytes(server.pid) - before) / VIEWERS / 1_024;
  // The first pings are over after half of their interval.
  await sleep(PING_INTERVAL_MS);
  const cpuBefore = readCpuMs(server.pid);
  await sleep(PING_INTERVAL_MS);
  const idleUs = ((readCpuMs(server.pid) - cpuBefore) * 1_000) / VIEWERS / (PING_INTERVAL_MS / 1_000);
  await generator.run('startPaced', { port: server.port, perSecond: FRAMES_PER_SECOND, routes: ['POST /order'] });
  await sleep(WINDOW_MS / 2);
  const from = await group.viewers.run('sample', server);
  await sleep(WINDOW_MS);
  const to = await group.viewers.run('sample', server);
  await generator.run('stopChanges', null);
  await group.viewers.run('disconnect', null);
  return { viewerKb, idleUs, frameUs: ((to.cpuMs - from.cpuMs) * 1_000) / (to.frames - from.frames) };
}

/**
 * Measures idle dashboards, and then the same with a viewer each on the instance that does not change them. These
 * viewers filter for a counter that does not change, so they receive no frames.
 */
async function measureDashboards(group: InstanceGroup, generator: LoadGenerator, viewerKb: number) {
  const [, other] = group.servers;
  if (!other) throw new Error('no instance was started');
  const empty = await readUsedBytes(group);
  await defineDashboards(group, DASHBOARDS);
  const defined = await readUsedBytes(group);
  const before = readRssBytes(other.pid);
  await group.viewers.run('openViewers', {
    port: other.port,
    viewers: DASHBOARDS,
    path: '/dashboards/d#?counters=customers',
  });
  await sleep(1_000);
  const subscriptionKb = (readRssBytes(other.pid) - before) / DASHBOARDS / 1_024 - viewerKb;
  const listened = await readUsedBytes(group);
  const [cpuBefore, stepsBefore] = [readCpuMs(other.pid), await readStepCount(group)];
  await streamChanges(group, generator, LINES, `${KEY_PREFIX}h`, CHANGED_DASHBOARDS);
  await sleep(500);
  const receivedPatchUs = ((readCpuMs(other.pid) - cpuBefore) * 1_000) / ((await readStepCount(group)) - stepsBefore);
  return {
    dashboardBytes: (defined - empty) / DASHBOARDS,
    redisSubscriptionBytes: Math.max(0, listened - defined) / DASHBOARDS,
    subscriptionKb: Math.max(0, subscriptionKb),
    receivedPatchUs,
  };
}

/** Measures the CPU of Redis for a published message, for each subscribed connection. */
async function measurePatches({ redis }: InstanceGroup): Promise<number> {
  const text = JSON.stringify({
    epoch: KEY_PREFIX,
    from: 1,
    revision: 2,
    at: 3,
    counters: { orders: 4 },
    added: { orders: 5 },
  });
  const publish = async (): Promise<number> => {
    const before = readCpuMs(redis.pid);
    // One after the other, so that each message is one write per connection, as with patches.
    for (let message = 0; message < MESSAGES; message += 1) await redis.client.spublish('capacity', text);
    return readCpuMs(redis.pid) - before;
  };
  await publish();
  const alone = await publish();
  const listeners = Array.from({ length: SUBSCRIBERS }, () => redis.client.duplicate({ lazyConnect: false }));
  await Promise.all(listeners.map((listener) => listener.ssubscribe('capacity')));
  const heard = await publish();
  for (const listener of listeners) listener.disconnect();
  return ((heard - alone) * 1_000) / MESSAGES / SUBSCRIBERS;
}

/**
 * Measures the memory of a point in a Redis stream of two hours of seconds, written as src/store/redis/lua/state.lua
 * does.
 */
async function measurePoints({ redis }: InstanceGroup): Promise<number> {
  const pipeline = redis.client.pipeline();
  for (let index = 0; index < POINTS; index += 1) {
    const [at, total] = [1_700_000_000_000 + index * 1_000, 1_000_000 + index * 37];
    pipeline.xadd('capacity', `${at}-0`, 'a', total + 37, 'r', index, 'x', total, 'y', index);
  }
  await pipeline.exec();
  const bytes = Number(await redis.client.memory('USAGE', 'capacity', 'SAMPLES', 0));
  await redis.client.del('capacity');
  return bytes / POINTS;
}

/** @throws Error if counts differ from what was acknowledged, or files stay open */
export async function measureCosts(): Promise<Costs> {
  const faults: string[] = [];
  const costs = await withInstances(2, faults, async (group) => {
    const { servers, loadGenerators } = group;
    const [generator] = loadGenerators;
    if (!generator) throw new Error('no instance was started');
    await warmUp(group, generator);
    const instanceMb = servers.reduce((sum, { pid }) => sum + readRssBytes(pid), 0) / servers.length / 2 ** 20;
    const viewed = await measureViewers(group, generator);
    const changed = await measureChanges(group, generator);
    const known = await measureDashboards(group, generator, viewed.viewerKb);
    return {
      ...viewed,
      ...changed,
      ...known,
      instanceMb,
      redisPatchUs: await measurePatches(group),
      pointBytes: await measurePoints(group),
    };
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return costs;
}
