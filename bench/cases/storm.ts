/**
 * Storm: 64 connections send durable changes as fast as possible to 1,000 viewers, against the same without viewers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeRoute } from '../change-clients.js';
import { type BenchCase, type Figure, withServer, settleAndCheck } from './case.js';
import {
  computeMedian,
  computeRates,
  formatMegabytes,
  formatSpread,
  judgeAtLeast,
  measureAlternately,
} from './figures.js';

export const CONNECTIONS = 64;
export const VIEWERS = 1_000;
/** Number of viewers that speak `tallyboard.v1`, whose frames have revisions. */
export const VERSIONED_VIEWERS = 100;
/**
 * Each cycle ends with an order and orders are never removed, so a viewer with the last number of orders has the last
 * state.
 */
export const CYCLE: readonly ChangeRoute[] = [
  ...Array<ChangeRoute>(5).fill('POST /order'),
  'POST /product',
  'DELETE /product',
  'POST /order',
];

const MIN_RATE_RATIO = 0.9;
const MAX_SETTLE_MS = 100;
/** Maximum growth of RSS in the second half of a storm: allows for garbage that is not yet collected. */
const MAX_GROWTH_BYTES = 16 * 2 ** 20;

export const stormCase: BenchCase = {
  name: 'storm',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_500, 2_500] : [3_000, 6_000];
    const faults: string[] = [];
    const measure = (viewerCount: number) =>
      withServer('tallyboard', faults, async (run) => {
        const { server, viewers, changers } = run;
        if (viewerCount > 0)
          await viewers.run('openViewers', { port: server.port, viewers: viewerCount, versioned: VERSIONED_VIEWERS });
        await changers.run('startStorm', { port: server.port, connections: CONNECTIONS, cycle: CYCLE });
        await sleep(warmUpMs);
        const from = await changers.run('sample', server);
        const viewersFrom = await viewers.run('sample', server);
        await sleep(windowMs / 2);
        const middle = await changers.run('sample', server);
        await sleep(windowMs / 2);
        const to = await changers.run('sample', server);
        const watched = computeRates(viewersFrom, await viewers.run('sample', server));
        const { settledMs } = await settleAndCheck(run);
        const { grownBytes } = computeRates(middle, to);
        return { ...computeRates(from, to), watched, settledMs, grownBytes };
      });
    const { ours, theirs, ratios } = await measureAlternately(
      rounds,
      () => measure(VIEWERS),
      () => measure(0),
      ({ changesPerSecond }) => changesPerSecond,
    );
    const rate = (measured: typeof ours): string =>
      formatSpread(
        measured.map(({ changesPerSecond }) => changesPerSecond),
        0,
      );
    const framesPerSecond = computeMedian(ours.map(({ watched }) => watched.framesPerSecond));
    // The cost of a change is the same with viewers: the rest of the server's time is that of their frames.
    const frameCosts = ours.map(
      ({ cpuUsPerChange, changesPerSecond, watched }, round) =>
        ((cpuUsPerChange - (theirs[round]?.cpuUsPerChange ?? Number.NaN)) * changesPerSecond) / watched.framesPerSecond,
    );
    const settled = ours.map(({ settledMs }) => settledMs);
    const grown = ours.map(({ grownBytes }) => grownBytes);
    const figures: Figure[] = [
      {
        label: `Storm, ${VIEWERS} viewers, ${CONNECTIONS} connections, durable: changes/s`,
        tallyboard: `${rate(ours)}, with ${Math.round(framesPerSecond)} frames/s`,
        baseline: `without viewers: ${rate(theirs)}`,
        ...judgeAtLeast(ratios, MIN_RATE_RATIO),
      },
      {
        label: 'Storm: time from the last acknowledgement until every viewer shows the last state',
        tallyboard: `${formatSpread(settled, 0)} ms`,
        baseline: '',
        ratio: '',
        target: `at most ${MAX_SETTLE_MS} ms`,
        met: Math.max(...settled) <= MAX_SETTLE_MS,
      },
      {
        label: 'Storm: server CPU per change, frames included, and per frame',
        tallyboard: `${formatCosts(ours.map(({ cpuUsPerChange }) => cpuUsPerChange))}, ${formatCosts(frameCosts)}`,
        baseline: `without viewers: ${formatCosts(theirs.map(({ cpuUsPerChange }) => cpuUsPerChange))}`,
        ratio: formatSpread(
          ours.map(({ cpuUsPerChange }, round) => cpuUsPerChange / (theirs[round]?.cpuUsPerChange ?? Number.NaN)),
          2,
        ),
        target: '',
        met: true,
      },
      {
        label: 'Storm: cores taken by the server, the clients that change, the viewers',
        tallyboard: formatShares(ours),
        baseline: `without viewers: ${formatShares(theirs)}`,
        ratio: '',
        target: '',
        met: true,
      },
      {
        label: 'Storm: growth of RSS in the second half',
        tallyboard: formatMegabytes(computeMedian(grown)),
        baseline: `without viewers: ${formatMegabytes(computeMedian(theirs.map(({ grownBytes }) => grownBytes)))}`,
        ratio: '',
        target: `less than ${formatMegabytes(MAX_GROWTH_BYTES)}`,
        met: computeMedian(grown) < MAX_GROWTH_BYTES,
      },
    ];
    return { figures, faults };
  },
};

function formatCosts(costsUs: readonly number[]): string {
  return `${formatSpread(costsUs, 1)} us`;
}

interface CoreShares {
  readonly cpuShare: number;
  readonly loadCpuShare: number;
  readonly watched: { readonly loadCpuShare: number };
}

/** Formats the medians of the shares of a core: of the server, of the process that changes, of that of the viewers. */
function formatShares(measured: readonly CoreShares[]): string {
  const pickers = [
    ({ cpuShare }: CoreShares) => cpuShare,
    ({ loadCpuShare }: CoreShares) => loadCpuShare,
    ({ watched }: CoreShares) => watched.loadCpuShare,
  ];
  return pickers.map((pick) => computeMedian(measured.map(pick)).toFixed(2)).join(', ');
}
