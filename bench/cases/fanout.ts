/**
 * Fan-out: 1,000 viewers and 20 changes per second, against a bare Node server that writes one prepared frame to each
 * socket.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerKind } from '../server.js';
import { type BenchCase, withServer, settleAndCheck } from './case.js';
import { computeMedian, computeRates, formatSpread, judgeAtMost, measureAlternately } from './figures.js';

const VIEWERS = 1_000;
const CHANGES_PER_SECOND = 20;
const MAX_CPU_RATIO = 1.15;

export const fanoutCase: BenchCase = {
  name: 'fanout',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_500, 3_000] : [4_000, 6_000];
    const faults: string[] = [];
    const measure = (kind: ServerKind) =>
      withServer(kind, faults, async (run) => {
        const { server, viewers, changers } = run;
        await viewers.run('openViewers', { port: server.port, viewers: VIEWERS });
        await changers.run('startPaced', { port: server.port, perSecond: CHANGES_PER_SECOND, routes: ['POST /order'] });
        await sleep(warmUpMs);
        const from = await viewers.run('sample', server);
        await sleep(windowMs);
        const to = await viewers.run('sample', server);
        await settleAndCheck(run);
        return computeRates(from, to);
      });
    const { ours, theirs, ratios } = await measureAlternately(
      rounds,
      () => measure('tallyboard'),
      () => measure('baseline'),
      ({ cpuUsPerFrame }) => cpuUsPerFrame,
    );
    const shown = (measured: typeof ours): string => {
      const costs = measured.map(({ cpuUsPerFrame }) => cpuUsPerFrame);
      const rate = computeMedian(measured.map(({ framesPerSecond }) => framesPerSecond));
      return `${formatSpread(costs, 2)} us at ${Math.round(rate)} frames/s`;
    };
    const figure = {
      label: `Fan-out, ${VIEWERS} viewers, ${CHANGES_PER_SECOND} changes/s: server CPU per frame`,
      tallyboard: shown(ours),
      baseline: `bare Node, \`socket.write\`: ${shown(theirs)}`,
      ...judgeAtMost(ratios, MAX_CPU_RATIO),
    };
    return { figures: [figure], faults };
  },
};
