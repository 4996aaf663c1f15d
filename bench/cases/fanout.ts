/**
 * Fan-out: 1,000 viewers and 20 changes per second, against a bare Node server that writes one prepared frame to each
 * socket. It is measured soon after the start, and again after a storm.
 *
 * V8 compiles what runs often. At 20 changes/s it interprets most of a change for the first minutes, and its compiler
 * takes CPU beside it. A storm of seconds has as many changes as an hour of that pace.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerKind } from '../server.js';
import { type BenchCase, type Figure, type ServerUnderLoad, withServer, settleAndCheck } from './case.js';
import { computeMedian, computeRates, formatSpread, judgeAtMost, measureAlternately } from './figures.js';

const VIEWERS = 1_000;
const CHANGES_PER_SECOND = 20;
const STORM_CONNECTIONS = 8;
const MAX_CPU_RATIO = 1.15;

/** Durations, milliseconds. */
interface Durations {
  readonly warmUpMs: number;
  readonly windowMs: number;
  readonly stormMs: number;
}

type Rates = ReturnType<typeof computeRates>;

export const fanoutCase: BenchCase = {
  name: 'fanout',
  async run({ form, rounds }) {
    const durations =
      form === 'short'
        ? { warmUpMs: 1_000, windowMs: 2_500, stormMs: 1_000 }
        : { warmUpMs: 4_000, windowMs: 6_000, stormMs: 3_000 };
    const faults: string[] = [];
    const measure = (kind: ServerKind) =>
      withServer(kind, faults, async (run) => {
        await run.viewers.run('openViewers', { port: run.server.port, viewers: VIEWERS });
        const started = await measurePaced(run, durations);
        await runStorm(run, durations);
        const warm = await measurePaced(run, durations);
        await settleAndCheck(run);
        return { started, warm };
      });
    const { ours, theirs } = await measureAlternately(
      rounds,
      () => measure('tallyboard'),
      () => measure('baseline'),
      ({ warm }) => warm.cpuUsPerFrame,
    );
    const compare = (moment: string, pick: (measured: (typeof ours)[number]) => Rates): Figure => {
      const [ourRates, theirRates] = [ours.map(pick), theirs.map(pick)];
      const ratios = ourRates.map(
        ({ cpuUsPerFrame }, i) => cpuUsPerFrame / (theirRates[i]?.cpuUsPerFrame ?? Number.NaN),
      );
      return {
        label: `Fan-out, ${VIEWERS} viewers, ${CHANGES_PER_SECOND} changes/s, ${moment}: server CPU per frame`,
        tallyboard: formatRates(ourRates),
        baseline: `bare Node, \`socket.write\`: ${formatRates(theirRates)}`,
        ...judgeAtMost(ratios, MAX_CPU_RATIO),
      };
    };
    const figures = [
      compare('after the start', ({ started }) => started),
      compare('after a storm', ({ warm }) => warm),
    ];
    return { figures, faults };
  },
};

/** Changes at the pace of the case. They go on until they are stopped. */
async function measurePaced(run: ServerUnderLoad, { warmUpMs, windowMs }: Durations): Promise<Rates> {
  const { server, viewers, changers } = run;
  await changers.run('startPaced', { port: server.port, perSecond: CHANGES_PER_SECOND, routes: ['POST /order'] });
  await sleep(warmUpMs);
  const from = await viewers.run('sample', server);
  await sleep(windowMs);
  return computeRates(from, await viewers.run('sample', server));
}

async function runStorm({ server, changers }: ServerUnderLoad, { stormMs }: Durations): Promise<void> {
  await changers.run('stopChanges', null);
  await changers.run('startStorm', { port: server.port, connections: STORM_CONNECTIONS, cycle: ['POST /order'] });
  await sleep(stormMs);
  await changers.run('stopChanges', null);
}

function formatRates(measured: readonly Rates[]): string {
  const costs = measured.map(({ cpuUsPerFrame }) => cpuUsPerFrame);
  const rate = computeMedian(measured.map(({ framesPerSecond }) => framesPerSecond));
  return `${formatSpread(costs, 2)} us at ${Math.round(rate)} frames/s`;
}
