/** Dashboards: 10,000 of them with a viewer each, against as many viewers of one: what another dashboard costs. */
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Route } from '../load-clients.js';
import { type MeasuredServer, nowMs, rssBytes } from '../server.js';
import {
  between,
  type Case,
  type Figure,
  median,
  onStage,
  roundsOfLong,
  settle,
  spread,
  type Stage,
  type Watched,
} from './case.js';

/** Definitions under way at a time. */
const AT_ONCE = 32;
/** Each goes through all dashboards once. */
const CONNECTIONS = 4;
/** Longest that this may take, milliseconds. */
const ROUND_MS = 120_000;
const MEMORY_TARGET_KB = 15;
const CPU_TARGET = 1.5;

const routeOf = (index: number): Route => `POST /dashboards/d${index}/counters/orders/add`;

/** Every dashboard is at the same number: this stands for all, and the list shows the revisions of the others. */
const WATCHED: Watched = {
  path: '/dashboards/d0',
  last: (count) => ({ revision: count(routeOf(0)), counters: { orders: count(routeOf(0)) } }),
};

async function define(server: MeasuredServer, dashboards: number): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const definition = { counters: { orders: { title: 'Orders', unit: 'order' }, customers: {}, products: {} } };
  for (let from = 0; from < dashboards; from += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, dashboards - from) }, (_, index) => from + index);
    await Promise.all(batch.map((index) => server.call('PUT', `/dashboards/d${index}`, definition, agent)));
  }
  agent.destroy();
}

async function revisions(server: MeasuredServer): Promise<Set<number>> {
  interface Page {
    readonly dashboards: readonly { readonly name: string; readonly revision: number }[];
    readonly next?: string;
  }
  const found = new Set<number>();
  let after: string | undefined = '';
  while (after !== undefined) {
    const page: Page = await server.call('GET', `/dashboards?limit=1000&after=${after}`);
    for (const { name, revision } of page.dashboards) if (name !== 'main') found.add(revision);
    after = page.next;
  }
  return found;
}

/** Every connection goes through the cycle once. A cycle that was begun is ended, so the end may be told shortly before it. */
async function goRound({ server, changers }: Stage, cycle: readonly Route[]): Promise<void> {
  await changers.ask('storm', { port: server.port, connections: CONNECTIONS, cycle });
  const deadline = nowMs() + ROUND_MS;
  const almost = 0.9 * CONNECTIONS * cycle.length;
  while ((await changers.ask('sample', server)).changes < almost && nowMs() < deadline) await sleep(20);
}

export const dashboards: Case = {
  name: 'dashboards',
  async run({ form, rounds }) {
    const crowd = form === 'short' ? 1_000 : 9_999;
    const restMs = form === 'short' ? 500 : 3_000;
    const faults: string[] = [];
    /** @param spreadOut each viewer has a dashboard of its own, or all watch the same */
    const measure = (spreadOut: boolean) =>
      onStage('tallyboard', faults, async (stage) => {
        const { server, viewers, changers } = stage;
        const bareBytes = rssBytes(server.pid);
        const began = nowMs();
        await define(server, spreadOut ? crowd : 1);
        const definedMs = nowMs() - began;
        const path = spreadOut ? '/dashboards/d#' : '/dashboards/d0';
        await viewers.ask('watch', { port: server.port, viewers: crowd, versioned: crowd, path });
        await sleep(restMs);
        const kilobytes = (rssBytes(server.pid) - bareBytes) / crowd / 1_024;
        const cycle = Array.from({ length: crowd }, (_, index) => routeOf(index));
        const from = await changers.ask('sample', server);
        if (spreadOut) await goRound(stage, cycle);
        const { acknowledged } = await settle(stage, WATCHED);
        const { cpuUsPerChange } = between(from, await changers.ask('sample', server));
        if (spreadOut) {
          const each = acknowledged[routeOf(0)] ?? 0;
          const found = await revisions(server);
          if (found.size !== 1 || !found.has(each))
            faults.push(`dashboards are at ${[...found].join()}, not all at ${each}`);
        }
        return { kilobytes, cpuUsPerChange, definedMs };
      });
    const measureOne = () =>
      onStage('tallyboard', faults, async (stage) => {
        const { server, viewers, changers } = stage;
        await viewers.ask('watch', { port: server.port, viewers: 1, versioned: 1 });
        const from = await changers.ask('sample', server);
        const cycle = Array<Route>(crowd).fill('POST /order');
        await goRound(stage, cycle);
        await settle(stage);
        return between(from, await changers.ask('sample', server)).cpuUsPerChange;
      });
    const [ours, theirs, ones]: [Awaited<ReturnType<typeof measure>>[], number[], number[]] = [[], [], []];
    for (let round = 0; round < roundsOfLong(rounds); round += 1) {
      ours.push(await measure(true));
      theirs.push((await measure(false)).kilobytes);
      ones.push(await measureOne());
    }
    const kilobytes = ours.map((one) => one.kilobytes);
    const costs = ours.map(({ cpuUsPerChange }) => cpuUsPerChange);
    const ratios = costs.map((cost, round) => cost / (ones[round] ?? Number.NaN));
    const definedS = median(ours.map(({ definedMs }) => definedMs)) / 1_000;
    const figures: Figure[] = [
      {
        what: `${crowd} dashboards of 3 counters with a viewer each: RSS per dashboard and viewer`,
        tallyboard: `${spread(kilobytes, 1)} KB, defined in ${definedS.toFixed(1)} s`,
        baseline: `as many viewers of one dashboard: ${spread(theirs, 1)} KB`,
        ratio: spread(
          kilobytes.map((one, round) => one / (theirs[round] ?? Number.NaN)),
          2,
        ),
        target: `at most ${MEMORY_TARGET_KB} KB`,
        met: median(kilobytes) <= MEMORY_TARGET_KB,
      },
      {
        what: `${crowd} dashboards, ${CONNECTIONS} connections change one after the other, durable, each to its viewer: server CPU per change`,
        tallyboard: `${spread(costs, 1)} us`,
        baseline: `one dashboard with one viewer: ${spread(ones, 1)} us`,
        ratio: spread(ratios, 2),
        target: `at most ${CPU_TARGET}`,
        met: median(ratios) <= CPU_TARGET,
      },
    ];
    return { figures, faults };
  },
};
