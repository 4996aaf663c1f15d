/** Slow: 100 of 1,000 viewers do not read during a storm, against the same storm where all of them do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { alternate, between, type Case, median, megabytes, onStage, roundsOfLong, settle } from './case.js';
import { CONNECTIONS, CYCLE, VERSIONED, VIEWERS } from './storm.js';

const DEAF = 100;
const TARGET_BYTES = 20 * 2 ** 20;

export const slow: Case = {
  name: 'slow',
  async run({ form, rounds }) {
    const stormMs = form === 'short' ? 4_000 : 20_000;
    const faults: string[] = [];
    const measure = (deaf: number) =>
      onStage('tallyboard', faults, async (stage) => {
        const { server, viewers, changers } = stage;
        await viewers.ask('watch', { port: server.port, viewers: VIEWERS, versioned: VERSIONED, deaf });
        const from = await changers.ask('sample', server);
        await changers.ask('storm', { port: server.port, connections: CONNECTIONS, cycle: CYCLE });
        await sleep(stormMs);
        const to = await changers.ask('sample', server);
        await settle(stage);
        // Who reads again ends on the last state as well, and has gone back nowhere on the way there.
        await viewers.ask('listen', null);
        await settle(stage);
        return between(from, to);
      });
    const { ours, theirs, ratios } = await alternate(
      roundsOfLong(rounds),
      () => measure(DEAF),
      () => measure(0),
      ({ grownBytes }) => grownBytes,
    );
    const [grown, usual] = [ours, theirs].map((measured) => median(measured.map(({ grownBytes }) => grownBytes)));
    const more = (grown ?? Number.NaN) - (usual ?? Number.NaN);
    const figure = {
      what: `Slow, ${DEAF} of ${VIEWERS} viewers read nothing for ${stormMs / 1_000} s of storm: RSS grown`,
      tallyboard: `${megabytes(grown ?? Number.NaN)}, which is ${megabytes(more)} more`,
      baseline: `all read: ${megabytes(usual ?? Number.NaN)}`,
      ratio: median(ratios).toFixed(2),
      target: `less than ${megabytes(TARGET_BYTES)} more`,
      met: more < TARGET_BYTES,
    };
    return { figures: [figure], faults };
  },
};
