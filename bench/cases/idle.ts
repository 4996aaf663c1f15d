/**
 * Idle: as many viewers as one process may hold open, with nothing to show them but heartbeats and pings. A second run
 * has them so often that the process has as many a second as 200,000 viewers cause.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { MeasuredServer, readRssBytes } from '../server.js';
import { type BenchCase, type Figure, withServer, settleAndCheck } from './case.js';
import { computeMedian, computeRates, countLongCaseRounds, formatSpread } from './figures.js';

/** The viewers that the targets are for. A process of this machine may hold fewer connections open. */
const TARGET_VIEWERS = 200_000;
const MAX_VIEWERS = 19_000;
/** Descriptors that a server and a load process need for everything else. */
const OTHER_FILES = 1_000;
const MAX_KB_PER_VIEWER = 6;
const MAX_LAG_MS = 50;
const MAX_CORES = 0.5;
/** Intervals of the service by default. */
const INTERVALS_MS = { HEARTBEAT_MS: 15_000, PING_INTERVAL_MS: 20_000 } as const;
/** Resolution of the histogram behind the metrics of the event loop: a loop without any lag shows this much. */
const LAG_RESOLUTION_MS = 10;

interface Lag {
  readonly p99Ms: number;
  readonly maxMs: number;
}

interface IdleCost {
  readonly kilobytes: number;
  readonly cores: number;
  readonly lag: Lag;
  /** Lag of a server without viewers in the same time, which other work on the machine causes. */
  readonly quietLag: Lag;
  readonly framesPerSecond: number;
}

/** Reads the hard limit of open files, up to which the benchmark raises that of servers and load processes. */
function readMaxFiles(): number {
  return Number(/^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? Infinity);
}

/** Reads lags of the event loop since the last call, milliseconds: the service clears them after each scrape. */
async function readLag(port: number): Promise<Lag> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, path: '/metrics', agent: false }, resolve).once('error', reject);
  });
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  const read = (name: string): number =>
    Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)`, 'm').exec(text)?.[1]) * 1_000 - LAG_RESOLUTION_MS;
  return { p99Ms: read('p99'), maxMs: read('max') };
}

/** @param speed how many times as often as by default viewers get heartbeats and pings */
function measureIdle(viewerCount: number, speed: number, windowMs: number, faults: string[]): Promise<IdleCost> {
  const env = Object.fromEntries(
    Object.entries(INTERVALS_MS).map(([name, ms]) => [name, String(Math.round(ms / speed))]),
  );
  return withServer(
    'tallyboard',
    faults,
    async (run) => {
      const { server, viewers } = run;
      const quiet = await MeasuredServer.start('tallyboard');
      const readLags = () => Promise.all([readLag(server.port), readLag(quiet.port)]);
      const before = readRssBytes(server.pid);
      await viewers.run('openViewers', { port: server.port, viewers: viewerCount, versioned: viewerCount });
      // The first round of pings comes after half of the interval.
      await sleep(INTERVALS_MS.PING_INTERVAL_MS / speed);
      await readLags();
      const from = await viewers.run('sample', server);
      await sleep(windowMs);
      const to = await viewers.run('sample', server);
      const [lag, quietLag] = await readLags();
      const fault = await quiet.stop();
      if (fault !== undefined) faults.push(fault);
      const { cpuShare, framesPerSecond } = computeRates(from, to);
      const kilobytes = (readRssBytes(server.pid) - before) / viewerCount / 1_024;
      await settleAndCheck(run);
      return { kilobytes, cores: cpuShare, lag, quietLag, framesPerSecond };
    },
    undefined,
    { ...env, MAX_VIEWERS: String(viewerCount) },
  );
}

function formatLags(lags: readonly Lag[]): string {
  const [p99, max] = [lags.map(({ p99Ms }) => p99Ms), lags.map(({ maxMs }) => maxMs)];
  return `p99 ${formatSpread(p99, 1)}, at most ${formatSpread(max, 1)} ms`;
}

export const idleCase: BenchCase = {
  name: 'idle',
  async run({ form, rounds }) {
    const viewerCount = form === 'short' ? 2_000 : Math.min(MAX_VIEWERS, readMaxFiles() - OTHER_FILES);
    const windowMs = form === 'short' ? 4_000 : 40_000;
    const speed = form === 'short' ? 10 : 1;
    const denseSpeed = TARGET_VIEWERS / viewerCount;
    const faults: string[] = [];
    const [own, dense]: [IdleCost[], IdleCost[]] = [[], []];
    for (let round = 0; round < countLongCaseRounds(rounds); round += 1) {
      own.push(await measureIdle(viewerCount, speed, windowMs, faults));
      // A short run has no time for the load processes to keep up with 200,000 viewers.
      if (form === 'full') dense.push(await measureIdle(viewerCount, denseSpeed, windowMs, faults));
    }
    const kilobytes = own.map((cost) => cost.kilobytes);
    const cores = own.map((cost) => (cost.cores * TARGET_VIEWERS) / viewerCount / speed);
    const toLagFigure = (label: string, costs: readonly IdleCost[]): Figure => ({
      label: `${label}: lag of the event loop`,
      tallyboard: formatLags(costs.map(({ lag }) => lag)),
      baseline: `a server without viewers: ${formatLags(costs.map(({ quietLag }) => quietLag))}`,
      ratio: '',
      target: `p99 less than ${MAX_LAG_MS} ms`,
      met: computeMedian(costs.map(({ lag }) => lag.p99Ms)) < MAX_LAG_MS,
    });
    const toCpuFigure = (label: string, values: readonly number[]): Figure => ({
      label: `${label}: server CPU`,
      tallyboard: `${formatSpread(values, 2)} of a core`,
      baseline: '',
      ratio: '',
      target: `at most ${MAX_CORES} of a core`,
      met: computeMedian(values) <= MAX_CORES,
    });
    const idle = `${viewerCount} idle viewers in one process`;
    const figures: Figure[] = [
      {
        label: `${idle}: RSS per viewer`,
        tallyboard: `${formatSpread(kilobytes, 1)} KB, so ${Math.round((computeMedian(kilobytes) * TARGET_VIEWERS) / 1_024)} MB for ${TARGET_VIEWERS}`,
        baseline: '',
        ratio: '',
        target: `at most ${MAX_KB_PER_VIEWER} KB`,
        met: computeMedian(kilobytes) <= MAX_KB_PER_VIEWER,
      },
      toLagFigure(idle, own),
      toCpuFigure(`${TARGET_VIEWERS} idle viewers, computed from ${viewerCount}`, cores),
    ];
    if (dense.length > 0) {
      const rate = Math.round(computeMedian(dense.map(({ framesPerSecond }) => framesPerSecond)));
      const label = `${idle} with the heartbeats and pings of ${TARGET_VIEWERS} (${rate} heartbeats/s)`;
      figures.push(
        toLagFigure(label, dense),
        toCpuFigure(
          label,
          dense.map(({ cores: share }) => share),
        ),
      );
    }
    return { figures, faults };
  },
};
