/** Slow: 100 of 1,000 viewers do not read during a storm, against the same storm where all of them do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchCase, withServer, settleAndCheck } from './case.js';
import { computeMedian, computeRates, countLongCaseRounds, formatMegabytes, measureAlternately } from './figures.js';
import { CONNECTIONS, CYCLE, VERSIONED_VIEWERS, VIEWERS } from './storm.js';

const STALLED_VIEWERS = 100;
const MAX_GROWTH_BYTES = 20 * 2 ** 20;

export const slowCase: BenchCase = {
  name: 'slow',
  async run({ form, rounds }) {
    const stormMs = form === 'short' ? 4_000 : 20_000;
    const faults: string[] = [];
    const measure = (stalled: number) =>
      withServer('tallyboard', faults, async (run) => {
        const { server, viewers, changers } = run;
        await viewers.run('openViewers', {
          port: server.port,
          viewers: VIEWERS,
          versioned: VERSIONED_VIEWERS,
          stalled,
        });
        const from = await changers.run('sample', server);
        await changers.run('startStorm', { port: server.port, connections: CONNECTIONS, cycle: CYCLE });
        await sleep(stormMs);
        const to = await changers.run('sample', server);
        await settleAndCheck(run);
        // Viewers that resume reading must also end on the last state, without going back on the way.
        await viewers.run('resumeReading', null);
        await settleAndCheck(run);
        return computeRates(from, to);
      });
    const { ours, theirs, ratios } = await measureAlternately(
      countLongCaseRounds(rounds),
      () => measure(STALLED_VIEWERS),
      () => measure(0),
      ({ grownBytes }) => grownBytes,
    );
    const [grown, usual] = [ours, theirs].map((measured) =>
      computeMedian(measured.map(({ grownBytes }) => grownBytes)),
    );
    const more = (grown ?? Number.NaN) - (usual ?? Number.NaN);
    const figure = {
      label: `Slow, ${STALLED_VIEWERS} of ${VIEWERS} viewers do not read for ${stormMs / 1_000} s of storm: growth of RSS`,
      tallyboard: `${formatMegabytes(grown ?? Number.NaN)}, which is ${formatMegabytes(more)} more`,
      baseline: `all viewers read: ${formatMegabytes(usual ?? Number.NaN)}`,
      ratio: computeMedian(ratios).toFixed(2),
      target: `less than ${formatMegabytes(MAX_GROWTH_BYTES)} more`,
      met: more < MAX_GROWTH_BYTES,
    };
    return { figures: [figure], faults };
  },
};
