/** Instances that share one Redis, under load: started, checked for leaks, stopped. Or one embedded instance under the same load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Load } from './load-generator.js';
import { MeasuredRedis } from './redis-server.js';
import { cpuMs, MeasuredServer, nowMs, openFiles } from './server.js';

export interface Fleet {
  readonly redis: MeasuredRedis;
  readonly servers: readonly MeasuredServer[];
  /** A process of clients for each instance, and one of viewers. */
  readonly loads: readonly Load[];
  readonly viewers: Load;
  readonly faults: string[];
}

/** What servers have cost up to a moment. */
export interface Cost {
  readonly atMs: number;
  readonly instancesMs: number;
  readonly redisMs: number;
}

const LEAVE_MS = 5_000;

export function costOf({ servers, redis }: Pick<Fleet, 'servers'> & { readonly redis?: MeasuredRedis }): Cost {
  const instancesMs = servers.reduce((sum, { pid }) => sum + cpuMs(pid), 0);
  return { atMs: nowMs(), instancesMs, redisMs: redis ? cpuMs(redis.pid) : 0 };
}

/** What so many pieces of work have cost, microseconds of CPU each. */
export function costPer(pieces: number, from: Cost, to: Cost) {
  const each = (fromMs: number, toMs: number): number => ((toMs - fromMs) * 1_000) / pieces;
  return {
    perSecond: (pieces / (to.atMs - from.atMs)) * 1_000,
    instancesUs: each(from.instancesMs, to.instancesMs),
    redisUs: each(from.redisMs, to.redisMs),
  };
}

/** Runs `work` on a fresh Redis with fresh instances, then checks that nothing leaked and that they stop well. */
export async function onFleet<T>(
  instances: number,
  faults: string[],
  work: (fleet: Fleet) => Promise<T>,
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  const redis = await MeasuredRedis.start();
  const servers: MeasuredServer[] = [];
  const loads = Array.from({ length: instances }, () => new Load());
  const viewers = new Load();
  try {
    const settings = { STORE: 'redis', REDIS_URL: redis.url, ...env };
    const starts = loads.map(async () => servers.push(await MeasuredServer.start('tallyboard', settings)));
    for (const start of await Promise.allSettled(starts)) if (start.status === 'rejected') throw start.reason;
    for (const server of servers) await server.snapshot();
    await sleep(100);
    const filesBefore = servers.map(({ pid }) => openFiles(pid));
    const result = await work({ redis, servers, loads, viewers, faults });
    await Promise.all([...loads, viewers].map((load) => load.ask('leave', null)));
    const deadline = nowMs() + LEAVE_MS;
    const left = (): number =>
      servers.reduce((sum, { pid }, index) => sum + Math.max(0, openFiles(pid) - (filesBefore[index] ?? 0)), 0);
    while (left() > 0 && nowMs() < deadline) await sleep(20);
    if (left() > 0) faults.push(`the instances still have ${left()} files open after everyone left`);
    return result;
  } finally {
    for (const load of [...loads, viewers]) load.end();
    for (const fault of await Promise.all(servers.map((server) => server.stop()))) if (fault) faults.push(fault);
    await redis.stop();
  }
}

/** What every instance answers has to be what was acknowledged. */
export async function check({ servers, faults }: Fleet, orders: number, dashboard = 'main'): Promise<void> {
  for (const [index, server] of servers.entries()) {
    const { counters, revision } = await server.snapshot(`/dashboards/${dashboard}`);
    if (revision === orders && counters['orders'] === orders) continue;
    faults.push(
      `instance ${index} has ${counters['orders']} orders of ${dashboard} at revision ${revision}, not ${orders}`,
    );
  }
}
