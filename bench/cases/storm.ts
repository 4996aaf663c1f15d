/** Storm: 64 connections change as fast as they can, durably, before 1,000 viewers, against the same storm without them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Route } from '../load-clients.js';
import { alternate, between, type Case, type Figure, median, megabytes, onStage, settle, spread } from './case.js';

export const CONNECTIONS = 64;
export const VIEWERS = 1_000;
/** So many of the viewers speak `tallyboard.v1`: their frames show revisions. */
export const VERSIONED = 100;
/** Orders are only added, so that a viewer on the last number of orders is on the last state: each cycle ends with one. */
export const CYCLE: readonly Route[] = [
  ...Array<Route>(5).fill('POST /order'),
  'POST /product',
  'DELETE /product',
  'POST /order',
];

const KEPT_TARGET = 0.8;
const SETTLED_TARGET_MS = 500;
/** What `flat` allows: the second half of a storm grows the server by less, whatever the collector is about. */
const FLAT_TARGET_BYTES = 16 * 2 ** 20;

export const storm: Case = {
  name: 'storm',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_500, 2_500] : [3_000, 6_000];
    const faults: string[] = [];
    const measure = (crowd: number) =>
      onStage('tallyboard', faults, async (stage) => {
        const { server, viewers, changers } = stage;
        if (crowd > 0) await viewers.ask('watch', { port: server.port, viewers: crowd, versioned: VERSIONED });
        await changers.ask('storm', { port: server.port, connections: CONNECTIONS, cycle: CYCLE });
        await sleep(warmUpMs);
        const from = await changers.ask('sample', server);
        const framesBefore = (await viewers.ask('sample', server)).frames;
        await sleep(windowMs / 2);
        const middle = await changers.ask('sample', server);
        await sleep(windowMs / 2);
        const to = await changers.ask('sample', server);
        const frames = (await viewers.ask('sample', server)).frames - framesBefore;
        const { settledMs } = await settle(stage);
        const { grownBytes } = between(middle, to);
        return { ...between(from, to), frames, settledMs, grownBytes };
      });
    const { ours, theirs, ratios } = await alternate(
      rounds,
      () => measure(VIEWERS),
      () => measure(0),
      ({ changesPerSecond }) => changesPerSecond,
    );
    const rate = (measured: typeof ours): string =>
      spread(
        measured.map(({ changesPerSecond }) => changesPerSecond),
        0,
      );
    const framesPerSecond = (median(ours.map(({ frames }) => frames)) / windowMs) * 1_000;
    const settled = ours.map(({ settledMs }) => settledMs);
    const grown = ours.map(({ grownBytes }) => grownBytes);
    const figures: Figure[] = [
      {
        what: `Storm, ${VIEWERS} viewers, ${CONNECTIONS} connections, durable: changes/s`,
        tallyboard: `${rate(ours)}, with ${Math.round(framesPerSecond)} frames/s`,
        baseline: `without viewers: ${rate(theirs)}`,
        ratio: spread(ratios, 2),
        target: `at least ${KEPT_TARGET}`,
        met: median(ratios) >= KEPT_TARGET,
      },
      {
        what: 'Storm: last acknowledgement until the last viewer shows it',
        tallyboard: `${spread(settled, 0)} ms`,
        baseline: '',
        ratio: '',
        target: `at most ${SETTLED_TARGET_MS} ms`,
        met: Math.max(...settled) <= SETTLED_TARGET_MS,
      },
      {
        what: 'Storm: RSS grown in the second half',
        tallyboard: megabytes(median(grown)),
        baseline: `without viewers: ${megabytes(median(theirs.map(({ grownBytes }) => grownBytes)))}`,
        ratio: '',
        target: `less than ${megabytes(FLAT_TARGET_BYTES)}`,
        met: median(grown) < FLAT_TARGET_BYTES,
      },
    ];
    return { figures, faults };
  },
};
