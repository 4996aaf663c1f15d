/**
 * Redis: change sets with keys through two instances that share one Redis, by streams and by single requests, against
 * one instance with the embedded store.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { checkOrders, type CpuCost, readCpuCost, computeCostPerOperation, withInstances } from '../instances.js';
import type { LoadGenerator } from '../load-generator.js';
import type { MeasuredServer } from '../server.js';
import { type BenchCase, type Figure, withServer, settleAndCheck } from './case.js';
import { computeMedian, formatSpread } from './figures.js';

const MIN_CHANGES_PER_SECOND = 20_000;
const INSTANCES = 2;
/** Connections to all instances together. */
const CONNECTIONS = 64;
const DASHBOARDS = 100;

type OperationCost = ReturnType<typeof computeCostPerOperation>;
interface LoadTarget {
  readonly servers: readonly MeasuredServer[];
  readonly loadGenerators: readonly LoadGenerator[];
  readonly faults: string[];
}

/** Sends a stream from each load process, to the instances in turn. @returns the cost of a line */
async function measureStreams(
  target: LoadTarget,
  readCost: () => CpuCost,
  lines: number,
  keys: string,
  dashboards?: number,
) {
  const { servers, loadGenerators, faults } = target;
  const from = readCost();
  const results = await Promise.all(
    loadGenerators.map((generator, index) => {
      const port = servers[index % servers.length]?.port ?? 0;
      const more = {
        keys: `${keys}${index}`,
        lineBytes: 1,
        replayed: false,
        ...(dashboards !== undefined && { dashboards }),
      };
      return generator.run('sendStream', { port, lines, ...more });
    }),
  );
  faults.push(...results.flatMap((answered) => answered.faults));
  const to = readCost();
  // The duration of a stream excludes the encoding of its lines.
  const tookMs = Math.max(...results.map((answered) => answered.durationMs));
  return computeCostPerOperation(lines * loadGenerators.length, { ...from, atMs: to.atMs - tookMs }, to);
}

/**
 * Sends requests with a key each for a period.
 * @returns the cost of a request, and how many were acknowledged in total
 */
async function measureRequests(target: LoadTarget, readCost: () => CpuCost, warmUpMs: number, windowMs: number) {
  const { servers, loadGenerators, faults } = target;
  const [generator] = loadGenerators;
  const [server] = servers;
  if (!generator || !server) throw new Error('no instance was started');
  await generator.run('startRetrying', { ports: servers.map(({ port }) => port), connections: CONNECTIONS, keys: 'c' });
  await sleep(warmUpMs);
  const [from, before] = [readCost(), (await generator.run('sample', server)).changes];
  await sleep(windowMs);
  const [to, after] = [readCost(), (await generator.run('sample', server)).changes];
  const result = await generator.run('stopRetrying', null);
  faults.push(...result.faults);
  if (result.refused > 0) faults.push(`${result.refused} changes were refused`);
  return { ...computeCostPerOperation(after - before, from, to), acknowledged: result.acknowledged };
}

const formatCost = (measured: readonly OperationCost[], hasRedis: boolean): string => {
  const of = (pick: (one: OperationCost) => number, digits: number): string => formatSpread(measured.map(pick), digits);
  const redis = hasRedis ? ` and ${of(({ redisUs }) => redisUs, 1)} us of Redis'` : '';
  return `${of(({ perSecond }) => perSecond, 0)} at ${of(({ instancesUs }) => instancesUs, 1)} us of the instances' CPU${redis}`;
};

export const redisCase: BenchCase = {
  name: 'redis',
  async run({ form, rounds }) {
    const [warmUp, lines, warmUpMs, windowMs] =
      form === 'short' ? [5_000, 20_000, 500, 1_000] : [50_000, 200_000, 2_000, 5_000];
    const faults: string[] = [];
    const measureShared = () =>
      withInstances(INSTANCES, faults, async (group) => {
        const cost = () => readCpuCost(group);
        await measureStreams(group, cost, warmUp, 'w');
        const streamed = await measureStreams(group, cost, lines, 's');
        const called = await measureRequests(group, cost, warmUpMs, windowMs);
        await checkOrders(group, INSTANCES * (warmUp + lines) + called.acknowledged);
        for (let index = 0; index < DASHBOARDS; index += 1) {
          await group.servers[0]?.request('PUT', `/dashboards/d${index}`, { counters: { orders: {} } });
        }
        const spreadOut = await measureStreams(group, cost, lines, 'd', DASHBOARDS);
        for (let index = 0; index < DASHBOARDS; index += 1) {
          await checkOrders(group, (INSTANCES * lines) / DASHBOARDS, `d${index}`);
        }
        return { streamed, called, spreadOut };
      });
    const measureEmbedded = () =>
      withServer('tallyboard', faults, async (run) => {
        const { server, changers, viewers } = run;
        const target = { servers: [server], loadGenerators: [changers, viewers], faults };
        const cost = () => readCpuCost(target);
        await measureStreams(target, cost, warmUp, 'w');
        const streamed = await measureStreams(target, cost, lines, 's');
        const called = await measureRequests(target, cost, warmUpMs, windowMs);
        const orders = 2 * (warmUp + lines) + called.acknowledged;
        await settleAndCheck(run, {
          path: '/dashboard',
          expectedState: () => ({ revision: orders, counters: { orders } }),
        });
        return { streamed, called };
      });
    const [ours, theirs]: [Awaited<ReturnType<typeof measureShared>>[], Awaited<ReturnType<typeof measureEmbedded>>[]] =
      [[], []];
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await measureShared());
      theirs.push(await measureEmbedded());
    }
    const figureOf = (what: string, our: readonly OperationCost[], their: readonly OperationCost[]): Figure => ({
      label: `${INSTANCES} instances on one Redis with AOF \`always\`, a key per change set, ${what}: change sets/s`,
      tallyboard: formatCost(our, true),
      baseline: their.length > 0 ? `one embedded instance: ${formatCost(their, false)}` : '',
      ratio: formatSpread(
        our.map(({ perSecond }, round) => perSecond / (their[round]?.perSecond ?? Number.NaN)),
        2,
      ),
      target: `at least ${MIN_CHANGES_PER_SECOND}`,
      met: computeMedian(our.map(({ perSecond }) => perSecond)) >= MIN_CHANGES_PER_SECOND,
    });
    const figures = [
      figureOf(
        'one stream per instance, one dashboard',
        ours.map(({ streamed }) => streamed),
        theirs.map(({ streamed }) => streamed),
      ),
      figureOf(
        `one stream per instance, ${DASHBOARDS} dashboards in turn`,
        ours.map(({ spreadOut }) => spreadOut),
        theirs.map(({ streamed }) => streamed),
      ),
      figureOf(
        `one request per change set, ${CONNECTIONS} connections, one dashboard`,
        ours.map(({ called }) => called),
        theirs.map(({ called }) => called),
      ),
    ];
    return { figures, faults };
  },
};
