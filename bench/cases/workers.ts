/** Workers: fan-out and ingest with two workers, against the same service as one process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchCase, settleAndCheck, type ServerUnderLoad, withServer } from './case.js';
import { computeMedian, computeRates, formatSpread, judgeAtMost, measureAlternately } from './figures.js';

/** The same number of frames a second: of many changes for few viewers, and of few changes for many. */
const FAN_OUTS = [
  { viewers: 1_000, perSecond: 20 },
  { viewers: 8_000, perSecond: 2.5 },
] as const;
const CONNECTIONS = 64;
const MAX_CPU_RATIO = 1.1;
const WORKERS = '2';

export const workersCase: BenchCase = {
  name: 'workers',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_500, 3_000] : [4_000, 6_000];
    const faults: string[] = [];
    const measureWith = (load: (run: ServerUnderLoad) => Promise<unknown>) => (workers: string) =>
      withServer(
        'tallyboard',
        faults,
        async (run) => {
          await load(run);
          await sleep(warmUpMs);
          const from = await run.changers.run('sample', run.server);
          const viewersFrom = await run.viewers.run('sample', run.server);
          await sleep(windowMs);
          const to = await run.changers.run('sample', run.server);
          const viewersTo = await run.viewers.run('sample', run.server);
          await settleAndCheck(run);
          return { changes: computeRates(from, to), frames: computeRates(viewersFrom, viewersTo) };
        },
        undefined,
        { WORKERS: workers },
      );
    const ingest = measureWith(({ server: { port }, changers }) =>
      changers.run('startStorm', { port, connections: CONNECTIONS, cycle: ['POST /order'] }),
    );
    const shown = [];
    for (const { viewers: count, perSecond } of FAN_OUTS) {
      const fanOut = measureWith(async ({ server: { port }, viewers, changers }) => {
        await viewers.run('openViewers', { port, viewers: count });
        await changers.run('startPaced', { port, perSecond, routes: ['POST /order'] });
      });
      const measured = await measureAlternately(
        rounds,
        () => fanOut(WORKERS),
        () => fanOut('1'),
        ({ frames }) => frames.cpuUsPerFrame,
      );
      shown.push({ count, perSecond, measured });
    }
    const flooded = await measureAlternately(
      rounds,
      () => ingest(WORKERS),
      () => ingest('1'),
      ({ changes }) => changes.cpuUsPerChange,
    );
    type Measured = typeof flooded.ours;
    const frames = (measured: Measured): string =>
      `${formatSpread(
        measured.map((one) => one.frames.cpuUsPerFrame),
        2,
      )} us at ${Math.round(computeMedian(measured.map((one) => one.frames.framesPerSecond)))} frames/s`;
    const changes = (measured: Measured): string =>
      `${formatSpread(
        measured.map((one) => one.changes.cpuUsPerChange),
        1,
      )} us at ${Math.round(computeMedian(measured.map((one) => one.changes.changesPerSecond)))} changes/s`;
    return {
      figures: [
        ...shown.map(({ count, perSecond, measured: { ours, theirs, ratios } }) => ({
          label: `Two workers, ${count} viewers, ${perSecond} changes/s: server CPU per frame`,
          tallyboard: frames(ours),
          baseline: `one process: ${frames(theirs)}`,
          ...judgeAtMost(ratios, MAX_CPU_RATIO),
        })),
        {
          label: `Two workers, ${CONNECTIONS} connections: server CPU per change`,
          tallyboard: changes(flooded.ours),
          baseline: `one process: ${changes(flooded.theirs)}`,
          ratio: formatSpread(flooded.ratios, 2),
          target: 'none',
          met: true,
        },
      ],
      faults,
    };
  },
};
