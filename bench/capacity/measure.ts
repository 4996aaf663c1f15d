/** Measures what one piece of work costs: two instances and one Redis, each cost from what it adds. About a minute. */
import { setTimeout as sleep } from 'node:timers/promises';
import http from 'node:http';
import type { Costs } from './costs.js';
import { costOf, costPer, type Fleet, onFleet } from '../instances.js';
import type { Load } from '../load-generator.js';
import { cpuMs, rssBytes } from '../server.js';

/** As many that what was free in the heap is little beside them. */
const VIEWERS = 8_000;
const FRAMES_PER_SECOND = 4;
const LINES = 40_000;
const CONNECTIONS = 64;
const WINDOW_MS = 3_000;
const DASHBOARDS = 6_000;
/** Definitions under way at a time. */
const AT_ONCE = 32;
const HEARD_DASHBOARDS = 100;
const POINTS = 7_200;
const MESSAGES = 3_000;
const LISTENERS = 8;
/** As long as a UUID. */
const KEYS = 'capacity-measured-with-a-key-';

/** `used_memory` after Redis has come to rest: buffers of connections come and go. */
async function usedBytes({ redis }: Fleet): Promise<number> {
  await sleep(200);
  return redis.info('memory', 'used_memory');
}

async function define({ servers: [server] }: Fleet, count: number): Promise<void> {
  if (!server) throw new Error('nobody is there');
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const counters = { orders: { title: 'Orders', unit: 'order' }, customers: {}, products: {} };
  const names = Array.from({ length: count }, (_, index) => `d${index}`);
  await Promise.all(names.map((name) => server.call('PUT', `/dashboards/${name}`, { counters }, agent)));
  agent.destroy();
}

/** Steps that Redis has carried out. */
async function stepsOf({ redis }: Fleet): Promise<number> {
  const text = await redis.client.info('commandstats');
  return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(text)?.[1] ?? 0);
}

/** Changes of which each has cost this much, in this many steps. */
interface Work {
  readonly instanceUs: number;
  readonly redisUs: number;
  readonly stepsEach: number;
}

async function measure(fleet: Fleet, changes: number, work: () => Promise<number>): Promise<Work> {
  const [from, stepsBefore] = [costOf(fleet), await stepsOf(fleet)];
  const done = (await work()) || changes;
  const cost = costPer(done, from, costOf(fleet));
  return {
    instanceUs: cost.instancesUs,
    redisUs: cost.redisUs,
    stepsEach: ((await stepsOf(fleet)) - stepsBefore) / done,
  };
}

/**
 * Changes for a while on all instances: a heap that has grown to what garbage needs grows by what is kept from then on.
 * Without keys, which would let the tables of Redis grow before it is measured what a key takes.
 */
async function warm({ servers, faults }: Fleet, load: Load): Promise<void> {
  for (const { port } of servers) await load.ask('storm', { port, connections: CONNECTIONS, cycle: ['POST /order'] });
  await sleep(WINDOW_MS);
  const { refused } = await load.ask('rest', null);
  if (refused > 0) faults.push(`${refused} changes were refused or never acknowledged`);
  await load.ask('leave', null);
  await sleep(500);
}

async function stream(fleet: Fleet, load: Load, lines: number, keys?: string, dashboards?: number): Promise<number> {
  const port = fleet.servers[0]?.port ?? 0;
  const more = { ...(keys !== undefined && { keys }), ...(dashboards !== undefined && { dashboards }) };
  const { faults } = await load.ask('stream', { port, lines, lineBytes: 1, replayed: false, ...more });
  fleet.faults.push(...faults);
  return lines;
}

async function measureChanges(fleet: Fleet, load: Load) {
  const [server] = fleet.servers;
  if (!server) throw new Error('nobody is there');
  await stream(fleet, load, LINES, `${KEYS}w`);
  const empty = await usedBytes(fleet);
  await stream(fleet, load, LINES);
  const bare = await usedBytes(fleet);
  const fileBefore = await fleet.redis.info('persistence', 'aof_current_size');
  const streamed = await measure(fleet, LINES, () => stream(fleet, load, LINES, `${KEYS}s`));
  const diskBytes = ((await fleet.redis.info('persistence', 'aof_current_size')) - fileBefore) / LINES;
  const keyed = await usedBytes(fleet);
  const entryBytes = (bare - empty) / LINES;
  const calls = { ports: [server.port], connections: CONNECTIONS, keys: KEYS };
  await load.ask('call', calls);
  await sleep(WINDOW_MS / 2);
  const before = (await load.ask('sample', server)).changes;
  const called = await measure(fleet, 0, async () => {
    await sleep(WINDOW_MS);
    return (await load.ask('sample', server)).changes - before;
  });
  fleet.faults.push(...(await load.ask('hangUp', null)).faults);
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
async function measureViewers(fleet: Fleet, load: Load) {
  const [server] = fleet.servers;
  if (!server) throw new Error('nobody is there');
  const before = rssBytes(server.pid);
  await fleet.viewers.ask('watch', { port: server.port, viewers: VIEWERS });
  await sleep(1_000);
  const viewerKb = (rssBytes(server.pid) - before) / VIEWERS / 1_024;
  await load.ask('pace', { port: server.port, perSecond: FRAMES_PER_SECOND, route: 'POST /order' });
  await sleep(WINDOW_MS / 2);
  const from = await fleet.viewers.ask('sample', server);
  await sleep(WINDOW_MS);
  const to = await fleet.viewers.ask('sample', server);
  await load.ask('rest', null);
  await fleet.viewers.ask('leave', null);
  return { viewerKb, frameUs: ((to.cpuMs - from.cpuMs) * 1_000) / (to.frames - from.frames) };
}

/** Dashboards at rest, then watched by a viewer each on the instance that does not change them, and who has no frames of what changes. */
async function measureDashboards(fleet: Fleet, load: Load, viewerKb: number) {
  const [, other] = fleet.servers;
  if (!other) throw new Error('nobody is there');
  const empty = await usedBytes(fleet);
  await define(fleet, DASHBOARDS);
  const defined = await usedBytes(fleet);
  const before = rssBytes(other.pid);
  await fleet.viewers.ask('watch', {
    port: other.port,
    viewers: DASHBOARDS,
    path: '/dashboards/d#?counters=customers',
  });
  await sleep(1_000);
  const listenedKb = (rssBytes(other.pid) - before) / DASHBOARDS / 1_024 - viewerKb;
  const listened = await usedBytes(fleet);
  const [cpuBefore, stepsBefore] = [cpuMs(other.pid), await stepsOf(fleet)];
  await stream(fleet, load, LINES, `${KEYS}h`, HEARD_DASHBOARDS);
  await sleep(500);
  const heardUs = ((cpuMs(other.pid) - cpuBefore) * 1_000) / ((await stepsOf(fleet)) - stepsBefore);
  return {
    dashboardBytes: (defined - empty) / DASHBOARDS,
    listenBytes: Math.max(0, listened - defined) / DASHBOARDS,
    listenedKb: Math.max(0, listenedKb),
    heardUs,
  };
}

/** What a message costs Redis for each connection that it goes to. */
async function measureMessages({ redis }: Fleet): Promise<number> {
  const text = JSON.stringify({
    epoch: KEYS,
    from: 1,
    revision: 2,
    at: 3,
    counters: { orders: 4 },
    added: { orders: 5 },
  });
  const publish = async (): Promise<number> => {
    const before = cpuMs(redis.pid);
    // One after the other: each is a write to each connection, as patches are.
    for (let message = 0; message < MESSAGES; message += 1) await redis.client.spublish('capacity', text);
    return cpuMs(redis.pid) - before;
  };
  await publish();
  const alone = await publish();
  const listeners = Array.from({ length: LISTENERS }, () => redis.client.duplicate({ lazyConnect: false }));
  await Promise.all(listeners.map((listener) => listener.ssubscribe('capacity')));
  const heard = await publish();
  for (const listener of listeners) listener.disconnect();
  return ((heard - alone) * 1_000) / MESSAGES / LISTENERS;
}

/** A stream of points as the step writes it (redis.lua.state.ts): two hours of seconds. */
async function measurePoints({ redis }: Fleet): Promise<number> {
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
  const costs = await onFleet(2, faults, async (fleet) => {
    const { servers, loads } = fleet;
    const [load] = loads;
    if (!load) throw new Error('nobody is there');
    await warm(fleet, load);
    const instanceMb = servers.reduce((sum, { pid }) => sum + rssBytes(pid), 0) / servers.length / 2 ** 20;
    const viewed = await measureViewers(fleet, load);
    const changed = await measureChanges(fleet, load);
    const known = await measureDashboards(fleet, load, viewed.viewerKb);
    return {
      ...viewed,
      ...changed,
      ...known,
      instanceMb,
      redisPatchUs: await measureMessages(fleet),
      pointBytes: await measurePoints(fleet),
    };
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return costs;
}
