/**
 * Ingest: 64 connections add orders as fast as possible, durably and without viewers, against a server that counts in
 * memory.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerKind } from '../server.js';
import { type BenchCase, withServer, settleAndCheck } from './case.js';
import { computeMedian, computeRates, formatSpread, judgeAtMost, measureAlternately } from './figures.js';

const CONNECTIONS = 64;
const MAX_CPU_RATIO = 2;

export const ingestCase: BenchCase = {
  name: 'ingest',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_500, 2_000] : [3_000, 5_000];
    const faults: string[] = [];
    const measure = (kind: ServerKind) =>
      withServer(kind, faults, async (run) => {
        const { server, changers } = run;
        await changers.run('startStorm', { port: server.port, connections: CONNECTIONS, cycle: ['POST /order'] });
        await sleep(warmUpMs);
        const from = await changers.run('sample', server);
        await sleep(windowMs);
        const to = await changers.run('sample', server);
        const { firstResponse } = await settleAndCheck(run);
        return { ...computeRates(from, to), answer: firstResponse.replace(/\r\nDate: [^\r]*/i, '') };
      });
    const { ours, theirs, ratios } = await measureAlternately(
      rounds,
      () => measure('tallyboard'),
      () => measure('baseline'),
      ({ cpuUsPerChange }) => cpuUsPerChange,
    );
    const [our, bare] = [ours[0]?.answer, theirs[0]?.answer];
    if (our !== bare) faults.push(`the responses differ: ${JSON.stringify(our)}, ${JSON.stringify(bare)}`);
    const shown = (measured: typeof ours): string => {
      const costs = measured.map(({ cpuUsPerChange }) => cpuUsPerChange);
      const rate = computeMedian(measured.map(({ changesPerSecond }) => changesPerSecond));
      return `${formatSpread(costs, 1)} us at ${Math.round(rate)}/s`;
    };
    const figure = {
      label: `Ingest, ${CONNECTIONS} connections, durable: server CPU per \`POST /order\``,
      tallyboard: shown(ours),
      baseline: `bare \`node:http\`, from memory: ${shown(theirs)}`,
      ...judgeAtMost(ratios, MAX_CPU_RATIO),
    };
    return { figures: [figure], faults };
  },
};
