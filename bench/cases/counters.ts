/**
 * Counters: a dashboard of 1,000 counters, against one of 3. The cost of a change and its frame must depend on the
 * counters that change, not on the number of counters.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeRoute } from '../change-clients.js';
import type { MeasuredServer } from '../server.js';
import { type BenchCase, type Figure, withServer, settleAndCheck, type WatchedDashboard } from './case.js';
import { computeMedian, computeRates, formatSpread, judgeAtMost, measureAlternately } from './figures.js';

const MANY_COUNTERS = 1_000;
const FEW_COUNTERS = 3;
const VIEWERS = 500;
const CHANGES_PER_SECOND = 20;
const CONNECTIONS = 64;
const MAX_BYTES_RATIO = 1.05;
const MAX_CPU_RATIO = 1.25;

const PATH = '/dashboards/wide';
const ROUTE: ChangeRoute = `POST ${PATH}/counters/orders/add`;
const WATCHED: WatchedDashboard = {
  path: PATH,
  expectedState: (count) => ({ revision: count(ROUTE), counters: { orders: count(ROUTE) } }),
};

async function defineDashboard(server: MeasuredServer, size: number): Promise<void> {
  const names = ['orders', ...Array.from({ length: size - 1 }, (_, index) => `counter-${index}`)];
  await server.request('PUT', PATH, { counters: Object.fromEntries(names.map((name) => [name, {}])) });
}

export const countersCase: BenchCase = {
  name: 'counters',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_500, 2_500] : [3_000, 5_000];
    const faults: string[] = [];
    const measure = (size: number) =>
      withServer('tallyboard', faults, async (run) => {
        const { server, viewers, changers } = run;
        await defineDashboard(server, size);
        const watch = { port: server.port, viewers: VIEWERS, versioned: VIEWERS, path: PATH };
        await viewers.run('openViewers', watch);
        await changers.run('startPaced', { port: server.port, perSecond: CHANGES_PER_SECOND, routes: [ROUTE] });
        await sleep(warmUpMs);
        const from = await viewers.run('sample', server);
        await sleep(windowMs);
        const { bytesPerFrame, cpuUsPerFrame } = computeRates(from, await viewers.run('sample', server));
        await settleAndCheck(run, WATCHED);
        return { bytesPerFrame, cpuUsPerFrame };
      });
    const measureIngest = (size: number) =>
      withServer('tallyboard', faults, async (run) => {
        const { server, changers } = run;
        await defineDashboard(server, size);
        await changers.run('startStorm', { port: server.port, connections: CONNECTIONS, cycle: [ROUTE] });
        await sleep(warmUpMs);
        const from = await changers.run('sample', server);
        await sleep(windowMs);
        const { cpuUsPerChange } = computeRates(from, await changers.run('sample', server));
        await settleAndCheck(run, WATCHED);
        return cpuUsPerChange;
      });
    const bytes = await measureAlternately(
      rounds,
      () => measure(MANY_COUNTERS),
      () => measure(FEW_COUNTERS),
      ({ bytesPerFrame }) => bytesPerFrame,
    );
    const changes = await measureAlternately(
      rounds,
      () => measureIngest(MANY_COUNTERS),
      () => measureIngest(FEW_COUNTERS),
      (cpuUs) => cpuUs,
    );
    const frame = (one: (typeof bytes)['ours']): string =>
      `${formatSpread(
        one.map(({ bytesPerFrame }) => bytesPerFrame),
        0,
      )} bytes, ${formatSpread(
        one.map(({ cpuUsPerFrame }) => cpuUsPerFrame),
        2,
      )} us`;
    const figures: Figure[] = [
      {
        label: `${MANY_COUNTERS} counters, ${VIEWERS} viewers of \`tallyboard.v1\`, ${CHANGES_PER_SECOND} changes/s: payload and server CPU per frame`,
        tallyboard: frame(bytes.ours),
        baseline: `${FEW_COUNTERS} counters: ${frame(bytes.theirs)}`,
        ratio: `${formatSpread(bytes.ratios, 2)} of the bytes`,
        target: `at most ${MAX_BYTES_RATIO}`,
        met: computeMedian(bytes.ratios) <= MAX_BYTES_RATIO,
      },
      {
        label: `${MANY_COUNTERS} counters, ${CONNECTIONS} connections, durable: server CPU per change`,
        tallyboard: `${formatSpread(changes.ours, 1)} us`,
        baseline: `${FEW_COUNTERS} counters: ${formatSpread(changes.theirs, 1)} us`,
        ...judgeAtMost(changes.ratios, MAX_CPU_RATIO),
      },
    ];
    return { figures, faults };
  },
};
