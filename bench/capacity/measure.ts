/** Measures what one piece of work costs: two instances and one Redis, each cost from what it adds. About a minute. */
import { setTimeout as sleep } from 'node:timers/promises';
import http from 'node:http';
import type { Costs } from './costs.js';
import { readCpuCost, computeCostPerOperation, type InstanceGroup, withInstances } from '../instances.js';
import type { LoadGenerator } from '../load-generator.js';
import { readCpuMs, readRssBytes } from '../server.js';

/** As many that what was free in the heap is little beside them. */
const VIEWERS = 8_000;
const FRAMES_PER_SECOND = 4;
const LINES = 40_000;
const CONNECTIONS = 64;
const WINDOW_MS = 3_000;
const DASHBOARDS = 6_000;
/** Definitions under way at a time. */
const MAX_CONCURRENT_REQUESTS = 32;
const CHANGED_DASHBOARDS = 100;
const POINTS = 7_200;
const MESSAGES = 3_000;
const SUBSCRIBERS = 8;
/** As long as a UUID. */
const KEY_PREFIX = 'capacity-measured-with-a-key-';

/** `used_memory` after Redis has come to rest: buffers of connections come and go. */
async function readUsedBytes({ redis }: InstanceGroup): Promise<number> {
  await sleep(200);
  return redis.readNumber('memory', 'used_memory');
}

async function defineDashboards({ servers: [server] }: InstanceGroup, count: number): Promise<void> {
  if (!server) throw new Error('nobody is there');
  const agent = new http.Agent({ keepAlive: true, maxSockets: MAX_CONCURRENT_REQUESTS });
  const counters = { orders: { title: 'Orders', unit: 'order' }, customers: {}, products: {} };
  const names = Array.from({ length: count }, (_, index) => `d${index}`);
  await Promise.all(names.map((name) => server.request('PUT', `/dashboards/${name}`, { counters }, agent)));
  agent.destroy();
}

/** Steps that Redis has carried out. */
async function readStepCount({ redis }: InstanceGroup): Promise<number> {
  const text = await redis.client.info('commandstats');
  return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(text)?.[1] ?? 0);
}

/** Changes of which each has cost this much, in this many steps. */
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
 * Changes for a while on all instances: a heap that has grown to what garbage needs grows by what is kept from then on.
 * Without keys, which would let the tables of Redis grow before it is measured what a key takes.
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
  if (!server) throw new Error('nobody is there');
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
  // Two equations: what a change set costs, and what a step costs, whatever it carries.
  const redisStepUs = (called.redisUs - streamed.redisUs) / (called.stepsEach - streamed.stepsEach);
  return {
    changeUs: called.instanceUs,
    lineUs: streamed.instanceUs,
    redisStepUs,
    redisChangeUs: streamed.redisUs - streamed.stepsEach * redisStepUs,
    entryBytes,
    keyBytes: (keyed - bare) / LINES - entryBytes,
    diskBytes,
  };
}

/** Frames to many viewers of one instance, and what they weigh. */
async function measureViewers(group: InstanceGroup, generator: LoadGenerator) {
  const [server] = group.servers;
  if (!server) throw new Error('nobody is there');
  const before = readRssBytes(server.pid);
  await group.viewers.run('openViewers', { port: server.port, viewers: VIEWERS });
  await sleep(1_000);
  const viewerKb = (readRssBytes(server.pid) - before) / VIEWERS / 1_024;
  await generator.run('startPaced', { port: server.port, perSecond: FRAMES_PER_SECOND, route: 'POST /order' });
  await sleep(WINDOW_MS / 2);
  const from = await group.viewers.run('sample', server);
  await sleep(WINDOW_MS);
  const to = await group.viewers.run('sample', server);
  await generator.run('stopChanges', null);
  await group.viewers.run('disconnect', null);
  return { viewerKb, frameUs: ((to.cpuMs - from.cpuMs) * 1_000) / (to.frames - from.frames) };
}

/** Dashboards at rest, then watched by a viewer each on the instance that does not change them, and who has no frames of what changes. */
async function measureDashboards(group: InstanceGroup, generator: LoadGenerator, viewerKb: number) {
  const [, other] = group.servers;
  if (!other) throw new Error('nobody is there');
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
  const listenedKb = (readRssBytes(other.pid) - before) / DASHBOARDS / 1_024 - viewerKb;
  const listened = await readUsedBytes(group);
  const [cpuBefore, stepsBefore] = [readCpuMs(other.pid), await readStepCount(group)];
  await streamChanges(group, generator, LINES, `${KEY_PREFIX}h`, CHANGED_DASHBOARDS);
  await sleep(500);
  const heardUs = ((readCpuMs(other.pid) - cpuBefore) * 1_000) / ((await readStepCount(group)) - stepsBefore);
  return {
    dashboardBytes: (defined - empty) / DASHBOARDS,
    listenBytes: Math.max(0, listened - defined) / DASHBOARDS,
    listenedKb: Math.max(0, listenedKb),
    heardUs,
  };
}

/** What a message costs Redis for each connection that it goes to. */
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
    // One after the other: each is a write to each connection, as patches are.
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

/** A stream of points as the step writes it (src/store/redis/lua/state.lua): two hours of seconds. */
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

/** @throws Error when what was counted is not what was acknowledged, or anything leaked */
export async function measureCosts(): Promise<Costs> {
  const faults: string[] = [];
  const costs = await withInstances(2, faults, async (group) => {
    const { servers, loadGenerators } = group;
    const [generator] = loadGenerators;
    if (!generator) throw new Error('nobody is there');
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
