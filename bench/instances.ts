/**
 * Runs several instances on one Redis under load: starts them, measures their CPU time, checks for leaks and stops
 * them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LoadGenerator } from './load-generator.js';
import { MeasuredRedis } from './measured-redis.js';
import { readCpuMs, MeasuredServer, nowMs, countOpenFiles } from './server.js';

export interface InstanceGroup {
  readonly redis: MeasuredRedis;
  readonly servers: readonly MeasuredServer[];
  /** Client processes, one for each instance. */
  readonly loadGenerators: readonly LoadGenerator[];
  /** The client process with the viewers. */
  readonly viewers: LoadGenerator;
  readonly faults: string[];
}

/** CPU time that the servers have used up to a moment. */
export interface CpuCost {
  readonly atMs: number;
  readonly instancesMs: number;
  readonly redisMs: number;
}

const DISCONNECT_TIMEOUT_MS = 5_000;

export function readCpuCost({
  servers,
  redis,
}: Pick<InstanceGroup, 'servers'> & { readonly redis?: MeasuredRedis }): CpuCost {
  const instancesMs = servers.reduce((sum, { pid }) => sum + readCpuMs(pid), 0);
  return { atMs: nowMs(), instancesMs, redisMs: redis ? readCpuMs(redis.pid) : 0 };
}

/** Computes the rate and the CPU time per operation, in microseconds, between two readings. */
export function computeCostPerOperation(operations: number, from: CpuCost, to: CpuCost) {
  const toMicroseconds = (fromMs: number, toMs: number): number => ((toMs - fromMs) * 1_000) / operations;
  return {
    perSecond: (operations / (to.atMs - from.atMs)) * 1_000,
    instancesUs: toMicroseconds(from.instancesMs, to.instancesMs),
    redisUs: toMicroseconds(from.redisMs, to.redisMs),
  };
}

/**
 * Calls `measure` with new instances on a new Redis, then checks that no file is left open and that they exit with 0.
 */
export async function withInstances<T>(
  instanceCount: number,
  faults: string[],
  measure: (group: InstanceGroup) => Promise<T>,
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  const redis = await MeasuredRedis.start();
  const servers: MeasuredServer[] = [];
  const loadGenerators = Array.from({ length: instanceCount }, () => new LoadGenerator());
  const viewers = new LoadGenerator();
  try {
    const settings = { STORE: 'redis', REDIS_URL: redis.url, ...env };
    const startups = loadGenerators.map(async () => servers.push(await MeasuredServer.start('tallyboard', settings)));
    for (const start of await Promise.allSettled(startups)) if (start.status === 'rejected') throw start.reason;
    for (const server of servers) await server.readSnapshot();
    await sleep(100);
    const filesBefore = servers.map(({ pid }) => countOpenFiles(pid));
    const result = await measure({ redis, servers, loadGenerators, viewers, faults });
    await Promise.all([...loadGenerators, viewers].map((generator) => generator.run('disconnect', null)));
    const deadline = nowMs() + DISCONNECT_TIMEOUT_MS;
    const countLeaked = (): number =>
      servers.reduce((sum, { pid }, index) => sum + Math.max(0, countOpenFiles(pid) - (filesBefore[index] ?? 0)), 0);
    while (countLeaked() > 0 && nowMs() < deadline) await sleep(20);
    if (countLeaked() > 0)
      faults.push(`the instances still have ${countLeaked()} files open after all clients disconnected`);
    return result;
  } finally {
    for (const generator of [...loadGenerators, viewers]) generator.kill();
    for (const fault of await Promise.all(servers.map((server) => server.stop()))) if (fault) faults.push(fault);
    await redis.stop();
  }
}

/** Checks that every instance reports exactly the acknowledged number of orders. */
export async function checkOrders(
  { servers, faults }: InstanceGroup,
  expectedOrders: number,
  dashboard = 'main',
): Promise<void> {
  for (const [index, server] of servers.entries()) {
    const { counters, revision } = await server.readSnapshot(`/dashboards/${dashboard}`);
    if (revision === expectedOrders && counters['orders'] === expectedOrders) continue;
    faults.push(
      `instance ${index} has ${counters['orders']} orders of ${dashboard} at revision ${revision}, not ${expectedOrders}`,
    );
  }
}
