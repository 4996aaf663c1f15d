/** Relay: RSS per idle viewer of a relay, and the time that a change takes to its last viewer after a direct one. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PropagationResult } from '../propagation-latency.js';
import { MeasuredServer, readRssBytes } from '../server.js';
import { type BenchCase, type ServerUnderLoad, withServer } from './case.js';
import { computeMedian, countLongCaseRounds, formatSpread } from './figures.js';

const MAX_KB_PER_VIEWER = 6;
const MAX_LAG_MS = 10;
const WARM_UP_VIEWERS = 1_000;
/** Viewers of each, and changes, while times are measured. */
const MEASURED_VIEWERS = 100;
const CHANGES_PER_SECOND = 20;

export const relayCase: BenchCase = {
  name: 'relay',
  async run({ form, rounds }) {
    const [viewerCount, restMs, changeCount] = form === 'short' ? [1_000, 500, 20] : [5_000, 4_000, 400];
    const faults: string[] = [];
    const measureMemory = async ({ viewers }: ServerUnderLoad, relay: MeasuredServer): Promise<number> => {
      const open = async (count: number): Promise<number> => {
        await viewers.run('openViewers', { port: relay.port, viewers: count });
        await sleep(restMs);
        return readRssBytes(relay.pid);
      };
      // The first ones make the heap let go of what the start has left in it.
      const before = await open(WARM_UP_VIEWERS);
      const kilobytes = ((await open(viewerCount)) - before) / viewerCount / 1_024;
      await viewers.run('disconnect', null);
      return kilobytes;
    };
    const measureLag = async ({ server, changers }: ServerUnderLoad, relay: MeasuredServer) => {
      const repeat = (port: number): number[] => Array.from({ length: MEASURED_VIEWERS }, () => port);
      const ports = [...repeat(server.port), ...repeat(relay.port)];
      const load = { ports, perSecond: CHANGES_PER_SECOND };
      // The first measurement is discarded: it gives the JIT compiler time.
      await changers.run('measurePropagation', { ...load, changeCount: changeCount / 10 });
      const { lagsMs, faults: seen } = await changers.run('measurePropagation', { ...load, changeCount });
      faults.push(...seen);
      return lagsMs;
    };
    const memory: number[] = [];
    const lags: PropagationResult['lagsMs'][] = [];
    for (let round = 0; round < countLongCaseRounds(rounds); round += 1) {
      const measure = async (run: ServerUnderLoad): Promise<void> => {
        const env = { STORE: 'upstream', UPSTREAM_URL: `http://127.0.0.1:${run.server.port}` };
        const relay = await MeasuredServer.start('tallyboard', env);
        try {
          await relay.readSnapshot();
          memory.push(await measureMemory(run, relay));
          lags.push(await measureLag(run, relay));
        } finally {
          const fault = await relay.stop();
          if (fault !== undefined) faults.push(fault);
        }
      };
      // Present periods are read by a thread that opens files of its own.
      await withServer('tallyboard', faults, measure, (server) => server.readSnapshot('/dashboard?periods=day'));
    }
    const percentilesOf = (where: 'here' | 'there', share: number): number[] =>
      lags.map((one) => one[where][Math.floor(one[where].length * share)] ?? Number.NaN);
    const formatLags = (where: 'here' | 'there'): string =>
      `p50 ${formatSpread(percentilesOf(where, 0.5), 1)}, p99 ${formatSpread(percentilesOf(where, 0.99), 1)} ms`;
    return {
      figures: [
        {
          label: `Relay, ${viewerCount} idle viewers after ${WARM_UP_VIEWERS} others: RSS per viewer`,
          tallyboard: `${formatSpread(memory, 1)} KB`,
          baseline: 'none',
          ratio: 'none',
          target: `at most ${MAX_KB_PER_VIEWER} KB`,
          met: computeMedian(memory) <= MAX_KB_PER_VIEWER,
        },
        {
          label: `Relay, ${MEASURED_VIEWERS} viewers on each: its last viewer after the first one of the upstream`,
          tallyboard: formatLags('there'),
          baseline: `last viewer of the upstream: ${formatLags('here')}`,
          ratio: 'none',
          target: `p99 at most ${MAX_LAG_MS} ms`,
          met: computeMedian(percentilesOf('there', 0.99)) <= MAX_LAG_MS,
        },
      ],
      faults,
    };
  },
};
