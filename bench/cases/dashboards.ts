/**
 * Dashboards: 10,000 dashboards with a viewer each, against as many viewers of one, to measure the cost of a dashboard.
 */
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeRoute } from '../change-clients.js';
import { type MeasuredServer, nowMs, readRssBytes } from '../server.js';
import {
  type BenchCase,
  type Figure,
  withServer,
  settleAndCheck,
  type ServerUnderLoad,
  type WatchedDashboard,
} from './case.js';
import { computeMedian, computeRates, countLongCaseRounds, formatSpread, judgeAtMost } from './figures.js';

/** Definitions in flight at a time. */
const MAX_CONCURRENT_REQUESTS = 32;
/** Connections, each of which changes every dashboard once. */
const CONNECTIONS = 4;
const CYCLE_TIMEOUT_MS = 120_000;
const MAX_KB_PER_DASHBOARD = 15;
const MAX_CPU_RATIO = 1.5;

const createRoute = (index: number): ChangeRoute => `POST /dashboards/d${index}/counters/orders/add`;

/** The first dashboard, as an example: all get the same changes, and {@link readRevisions} checks the others. */
const WATCHED: WatchedDashboard = {
  path: '/dashboards/d0',
  expectedState: (count) => ({ revision: count(createRoute(0)), counters: { orders: count(createRoute(0)) } }),
};

async function defineDashboards(server: MeasuredServer, dashboards: number): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: MAX_CONCURRENT_REQUESTS });
  const definition = { counters: { orders: { title: 'Orders', unit: 'order' }, customers: {}, products: {} } };
  for (let from = 0; from < dashboards; from += MAX_CONCURRENT_REQUESTS) {
    const batch = Array.from(
      { length: Math.min(MAX_CONCURRENT_REQUESTS, dashboards - from) },
      (_, index) => from + index,
    );
    await Promise.all(batch.map((index) => server.request('PUT', `/dashboards/d${index}`, definition, agent)));
  }
  agent.destroy();
}

async function readRevisions(server: MeasuredServer): Promise<Set<number>> {
  interface Page {
    readonly dashboards: readonly { readonly name: string; readonly revision: number }[];
    readonly next?: string;
  }
  const revisions = new Set<number>();
  let after: string | undefined = '';
  while (after !== undefined) {
    const page: Page = await server.request('GET', `/dashboards?limit=1000&after=${after}`);
    for (const { name, revision } of page.dashboards) if (name !== 'main') revisions.add(revision);
    after = page.next;
  }
  return revisions;
}

/**
 * Makes every connection go through the cycle once. Returns after 90 % of the changes, before a connection begins its
 * second cycle: connections complete the cycle that they are in.
 */
async function changeAllOnce({ server, changers }: ServerUnderLoad, cycle: readonly ChangeRoute[]): Promise<void> {
  await changers.run('startStorm', { port: server.port, connections: CONNECTIONS, cycle });
  const deadline = nowMs() + CYCLE_TIMEOUT_MS;
  const almost = 0.9 * CONNECTIONS * cycle.length;
  while ((await changers.run('sample', server)).changes < almost && nowMs() < deadline) await sleep(20);
}

export const dashboardsCase: BenchCase = {
  name: 'dashboards',
  async run({ form, rounds }) {
    const viewerCount = form === 'short' ? 1_000 : 9_999;
    const restMs = form === 'short' ? 500 : 3_000;
    const faults: string[] = [];
    /** @param spreadOut true if each viewer watches a dashboard of its own, false if all watch the same */
    const measure = (spreadOut: boolean) =>
      withServer('tallyboard', faults, async (run) => {
        const { server, viewers, changers } = run;
        const bareBytes = readRssBytes(server.pid);
        const began = nowMs();
        await defineDashboards(server, spreadOut ? viewerCount : 1);
        const definedMs = nowMs() - began;
        const path = spreadOut ? '/dashboards/d#' : '/dashboards/d0';
        await viewers.run('openViewers', { port: server.port, viewers: viewerCount, versioned: viewerCount, path });
        await sleep(restMs);
        const kilobytes = (readRssBytes(server.pid) - bareBytes) / viewerCount / 1_024;
        const cycle = Array.from({ length: viewerCount }, (_, index) => createRoute(index));
        const from = await changers.run('sample', server);
        if (spreadOut) await changeAllOnce(run, cycle);
        const { acknowledged } = await settleAndCheck(run, WATCHED);
        const { cpuUsPerChange } = computeRates(from, await changers.run('sample', server));
        if (spreadOut) {
          const each = acknowledged[createRoute(0)] ?? 0;
          const found = await readRevisions(server);
          if (found.size !== 1 || !found.has(each))
            faults.push(`dashboards are at revisions ${[...found].join()}, not all at ${each}`);
        }
        return { kilobytes, cpuUsPerChange, definedMs };
      });
    const measureOne = () =>
      withServer('tallyboard', faults, async (run) => {
        const { server, viewers, changers } = run;
        await viewers.run('openViewers', { port: server.port, viewers: 1, versioned: 1 });
        const from = await changers.run('sample', server);
        const cycle = Array<ChangeRoute>(viewerCount).fill('POST /order');
        await changeAllOnce(run, cycle);
        await settleAndCheck(run);
        return computeRates(from, await changers.run('sample', server)).cpuUsPerChange;
      });
    const [ours, theirs, ones]: [Awaited<ReturnType<typeof measure>>[], number[], number[]] = [[], [], []];
    for (let round = 0; round < countLongCaseRounds(rounds); round += 1) {
      ours.push(await measure(true));
      theirs.push((await measure(false)).kilobytes);
      ones.push(await measureOne());
    }
    const kilobytes = ours.map((one) => one.kilobytes);
    const costs = ours.map(({ cpuUsPerChange }) => cpuUsPerChange);
    const ratios = costs.map((cost, round) => cost / (ones[round] ?? Number.NaN));
    const definedS = computeMedian(ours.map(({ definedMs }) => definedMs)) / 1_000;
    const figures: Figure[] = [
      {
        label: `${viewerCount} dashboards of 3 counters with a viewer each: RSS per dashboard and viewer`,
        tallyboard: `${formatSpread(kilobytes, 1)} KB, defined in ${definedS.toFixed(1)} s`,
        baseline: `as many viewers of one dashboard: ${formatSpread(theirs, 1)} KB`,
        ratio: formatSpread(
          kilobytes.map((one, round) => one / (theirs[round] ?? Number.NaN)),
          2,
        ),
        target: `at most ${MAX_KB_PER_DASHBOARD} KB`,
        met: computeMedian(kilobytes) <= MAX_KB_PER_DASHBOARD,
      },
      {
        label: `${viewerCount} dashboards with a viewer each, ${CONNECTIONS} connections that change one dashboard after the other, durable: server CPU per change`,
        tallyboard: `${formatSpread(costs, 1)} us`,
        baseline: `one dashboard with one viewer: ${formatSpread(ones, 1)} us`,
        ...judgeAtMost(ratios, MAX_CPU_RATIO),
      },
    ];
    return { figures, faults };
  },
};
