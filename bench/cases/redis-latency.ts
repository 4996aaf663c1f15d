/**
 * Redis latency: time from a change on one instance until a viewer of the other shows it, against one of the same
 * instance.
 */
import { checkOrders, withInstances } from '../instances.js';
import type { BenchCase, Figure } from './case.js';
import { computeMedian, formatSpread } from './figures.js';

/** Maximum difference of the 99th percentiles between the other instance and the same. */
const MAX_DELAY_MS = 50;
/** Other viewers on each instance, in addition to the measured one. */
const VIEWERS_PER_INSTANCE = 2_000;
/** Number of those that speak `tallyboard.v1`. */
const VERSIONED_VIEWERS = 100;

interface LatencyResult {
  readonly here: Percentiles;
  readonly there: Percentiles;
}
interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

function computePercentiles(sorted: readonly number[]): Percentiles {
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

export const redisLatencyCase: BenchCase = {
  name: 'redis-latency',
  async run({ form, rounds }) {
    const viewerCount = form === 'full' ? VIEWERS_PER_INSTANCE : 500;
    const faults: string[] = [];
    const measure = (others: number, perSecond: number, changes: number) =>
      withInstances(2, faults, async (group): Promise<LatencyResult> => {
        const { servers, viewers, loadGenerators } = group;
        const ports = servers.map(({ port }) => port);
        for (const port of ports)
          await viewers.run('openViewers', { port, viewers: others, versioned: VERSIONED_VIEWERS });
        // The first measurement is discarded: it gives the JIT compiler time.
        const [generator] = loadGenerators;
        if (!generator) throw new Error('no instance was started');
        await generator.run('measurePropagation', { ports, perSecond, changeCount: perSecond });
        const {
          latenciesMs,
          orders,
          faults: seen,
        } = await generator.run('measurePropagation', { ports, perSecond, changeCount: changes });
        faults.push(...seen);
        const last = { revision: orders, counters: { orders } };
        if (others > 0) faults.push(...(await viewers.run('waitForState', { last, withinMs: 10_000 })).faults);
        await checkOrders(group, changes + perSecond);
        const [here = [], there = []] = latenciesMs;
        return { here: computePercentiles(here), there: computePercentiles(there) };
      });
    const [quiet, crowded]: [LatencyResult[], LatencyResult[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      if (form === 'full') quiet.push(await measure(0, 20, 400));
      crowded.push(await measure(viewerCount, 200, form === 'full' ? 2_000 : 200));
    }
    const figureOf = (what: string, crossed: readonly LatencyResult[]): Figure => {
      const shown = (where: 'here' | 'there'): string => {
        const of = (which: keyof Percentiles): string =>
          formatSpread(
            crossed.map((one) => one[where][which]),
            1,
          );
        return `p50 ${of('p50')}, p99 ${of('p99')} ms`;
      };
      const later = crossed.map(({ here, there }) => there.p99 - here.p99);
      return {
        label: `Time from a change on one instance until a viewer of another shows it, ${what}`,
        tallyboard: shown('there'),
        baseline: `a viewer of the same instance: ${shown('here')}`,
        ratio: `${formatSpread(later, 1)} ms later`,
        target: `p99 at most ${MAX_DELAY_MS} ms later`,
        met: computeMedian(later) <= MAX_DELAY_MS,
      };
    };
    const figures = [figureOf(`200 changes/s, ${viewerCount} other viewers on each`, crowded)];
    if (form === 'full') figures.unshift(figureOf('20 changes/s, no other viewers', quiet));
    return { figures, faults };
  },
};
