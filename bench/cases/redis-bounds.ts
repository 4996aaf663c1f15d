/**
 * Redis bounds: Redis is paused most of the time and gets more input than it can take. Callers must wait and then get
 * 503, memory must not grow, and counts must be exact.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { checkOrders, type InstanceGroup, withInstances } from '../instances.js';
import { nowMs, readRssBytes } from '../server.js';
import type { BenchCase } from './case.js';
import { computeMedian, countLongCaseRounds, formatMegabytes } from './figures.js';

const CONNECTIONS = 600;
/** Fewer than the connections of an instance, so that some are refused. */
const MAX_WAITING_CHANGES = 200;
const PAUSED_MS = 250;
const RUNNING_MS = 10;
/** Garbage may grow for half a minute before it is collected, so peaks are compared and not single samples. */
const SAMPLE_INTERVAL_MS = 200;
const MAX_GROWTH_BYTES = 16 * 2 ** 20;

/** Alternates between pausing Redis and letting it run, until `during` has settled. */
async function slowRedisDown({ redis }: InstanceGroup, during: Promise<unknown>): Promise<void> {
  const state = { isOver: false };
  const over = during.finally(() => (state.isOver = true));
  while (!state.isOver) {
    await redis.client.call('CLIENT', 'PAUSE', PAUSED_MS, 'ALL');
    await sleep(PAUSED_MS + RUNNING_MS);
  }
  await over;
}

export const redisBoundsCase: BenchCase = {
  name: 'redis-bounds',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_000, 1_000] : [15_000, 40_000];
    const faults: string[] = [];
    const measure = () =>
      withInstances(
        2,
        faults,
        async (group) => {
          const { servers, loadGenerators } = group;
          const [generator] = loadGenerators;
          if (!generator) throw new Error('no instance was started');
          const held = (): number => servers.reduce((sum, { pid }) => sum + readRssBytes(pid), 0);
          const ports = servers.map(({ port }) => port);
          await generator.run('startRetrying', { ports, connections: CONNECTIONS, keys: 'b' });
          const most = { first: 0, second: 0 };
          const look = async (half: keyof typeof most): Promise<void> => {
            const end = nowMs() + windowMs / 2;
            for (; nowMs() < end; await sleep(SAMPLE_INTERVAL_MS)) most[half] = Math.max(most[half], held());
          };
          const window = async (): Promise<void> => {
            await sleep(warmUpMs);
            await look('first');
            await look('second');
          };
          await slowRedisDown(group, window());
          const { acknowledged, refused, faults: seen } = await generator.run('stopRetrying', null);
          faults.push(...seen);
          if (refused === 0) faults.push('no change was refused, so the load did not exceed what Redis can take');
          await checkOrders(group, acknowledged);
          return { grown: most.second - most.first, acknowledged, refused };
        },
        { MAX_WAITING_CHANGES: String(MAX_WAITING_CHANGES) },
      );
    const all: Awaited<ReturnType<typeof measure>>[] = [];
    for (let round = 0; round < countLongCaseRounds(rounds); round += 1) all.push(await measure());
    const seconds = (warmUpMs + windowMs) / 1_000;
    const perSecond = (pick: (one: (typeof all)[number]) => number): string =>
      (computeMedian(all.map(pick)) / seconds).toFixed(0);
    const grown = computeMedian(all.map((one) => one.grown));
    const figure = {
      label: `Redis paused ${PAUSED_MS} of ${PAUSED_MS + RUNNING_MS} ms, ${CONNECTIONS} connections, MAX_WAITING_CHANGES=${MAX_WAITING_CHANGES} on each of 2 instances: peak RSS of the second half minus that of the first`,
      tallyboard: `${formatMegabytes(grown)}, with ${perSecond(({ acknowledged }) => acknowledged)} changes/s counted and ${perSecond(({ refused }) => refused)}/s answered 503`,
      baseline: '',
      ratio: '',
      target: `less than ${formatMegabytes(MAX_GROWTH_BYTES)}`,
      met: grown < MAX_GROWTH_BYTES,
    };
    return { figures: [figure], faults };
  },
};
