/** Fan-out: 1,000 bare viewers and 20 changes a second, against a bare Node server that writes a ready frame to each socket. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerKind } from '../server.js';
import { alternate, between, type Case, median, onStage, settle, spread } from './case.js';

const VIEWERS = 1_000;
const PER_SECOND = 20;
const TARGET = 1.25;

export const fanout: Case = {
  name: 'fanout',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_500, 3_000] : [4_000, 6_000];
    const faults: string[] = [];
    const measure = (kind: ServerKind) =>
      onStage(kind, faults, async (stage) => {
        const { server, viewers, changers } = stage;
        await viewers.ask('watch', { port: server.port, viewers: VIEWERS });
        await changers.ask('pace', { port: server.port, perSecond: PER_SECOND, route: 'POST /order' });
        await sleep(warmUpMs);
        const from = await viewers.ask('sample', server);
        await sleep(windowMs);
        const to = await viewers.ask('sample', server);
        await settle(stage);
        return between(from, to);
      });
    const { ours, theirs, ratios } = await alternate(
      rounds,
      () => measure('tallyboard'),
      () => measure('baseline'),
      ({ cpuUsPerFrame }) => cpuUsPerFrame,
    );
    const shown = (measured: typeof ours): string => {
      const costs = measured.map(({ cpuUsPerFrame }) => cpuUsPerFrame);
      const rate = median(measured.map(({ framesPerSecond }) => framesPerSecond));
      return `${spread(costs, 2)} us at ${Math.round(rate)} frames/s`;
    };
    const figure = {
      what: `Fan-out, ${VIEWERS} viewers, ${PER_SECOND} changes/s: server CPU per frame`,
      tallyboard: shown(ours),
      baseline: `bare Node, \`socket.write\`: ${shown(theirs)}`,
      ratio: spread(ratios, 2),
      target: `at most ${TARGET}`,
      met: median(ratios) <= TARGET,
    };
    return { figures: [figure], faults };
  },
};
