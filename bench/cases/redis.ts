/** Redis: keyed change sets through two instances that share one, by streams and by a request each, against one embedded instance. */
import { setTimeout as sleep } from 'node:timers/promises';
import { check, type Cost, costOf, costPer, onFleet } from '../instances.js';
import type { Load } from '../load-generator.js';
import type { MeasuredServer } from '../server.js';
import { type Case, type Figure, median, onStage, settle, spread } from './case.js';

const TARGET_PER_SECOND = 20_000;
const INSTANCES = 2;
/** Of all instances together. */
const CONNECTIONS = 64;
const DASHBOARDS = 100;

type Measured = ReturnType<typeof costPer>;
interface Crowd {
  readonly servers: readonly MeasuredServer[];
  readonly loads: readonly Load[];
  readonly faults: string[];
}

/** A stream for each load, to the instances in turn. @returns what a line has cost */
async function stream(crowd: Crowd, cost: () => Cost, lines: number, keys: string, dashboards?: number) {
  const { servers, loads, faults } = crowd;
  const from = cost();
  const all = await Promise.all(
    loads.map((load, index) => {
      const port = servers[index % servers.length]?.port ?? 0;
      const more = {
        keys: `${keys}${index}`,
        lineBytes: 1,
        replayed: false,
        ...(dashboards !== undefined && { dashboards }),
      };
      return load.ask('stream', { port, lines, ...more });
    }),
  );
  faults.push(...all.flatMap((answered) => answered.faults));
  const to = cost();
  // The clock of a stream starts when its lines are ready.
  const tookMs = Math.max(...all.map((answered) => answered.tookMs));
  return costPer(lines * loads.length, { ...from, atMs: to.atMs - tookMs }, to);
}

/** Requests with a key each, for a while. @returns what one has cost, and how many there were in all */
async function call(crowd: Crowd, cost: () => Cost, warmUpMs: number, windowMs: number) {
  const { servers, loads, faults } = crowd;
  const [load] = loads;
  const [server] = servers;
  if (!load || !server) throw new Error('nobody is there');
  await load.ask('call', { ports: servers.map(({ port }) => port), connections: CONNECTIONS, keys: 'c' });
  await sleep(warmUpMs);
  const [from, before] = [cost(), (await load.ask('sample', server)).changes];
  await sleep(windowMs);
  const [to, after] = [cost(), (await load.ask('sample', server)).changes];
  const called = await load.ask('hangUp', null);
  faults.push(...called.faults);
  if (called.refused > 0) faults.push(`${called.refused} changes were refused`);
  return { ...costPer(after - before, from, to), acknowledged: called.acknowledged };
}

const shown = (measured: readonly Measured[], hasRedis: boolean): string => {
  const of = (pick: (one: Measured) => number, digits: number): string => spread(measured.map(pick), digits);
  const redis = hasRedis ? ` and ${of(({ redisUs }) => redisUs, 1)} us of Redis'` : '';
  return `${of(({ perSecond }) => perSecond, 0)} at ${of(({ instancesUs }) => instancesUs, 1)} us of the instances' CPU${redis}`;
};

export const redis: Case = {
  name: 'redis',
  async run({ form, rounds }) {
    const [warmUp, lines, warmUpMs, windowMs] =
      form === 'short' ? [5_000, 20_000, 500, 1_000] : [50_000, 200_000, 2_000, 5_000];
    const faults: string[] = [];
    const measureShared = () =>
      onFleet(INSTANCES, faults, async (fleet) => {
        const cost = () => costOf(fleet);
        await stream(fleet, cost, warmUp, 'w');
        const streamed = await stream(fleet, cost, lines, 's');
        const called = await call(fleet, cost, warmUpMs, windowMs);
        await check(fleet, INSTANCES * (warmUp + lines) + called.acknowledged);
        for (let index = 0; index < DASHBOARDS; index += 1) {
          await fleet.servers[0]?.call('PUT', `/dashboards/d${index}`, { counters: { orders: {} } });
        }
        const spreadOut = await stream(fleet, cost, lines, 'd', DASHBOARDS);
        for (let index = 0; index < DASHBOARDS; index += 1) {
          await check(fleet, (INSTANCES * lines) / DASHBOARDS, `d${index}`);
        }
        return { streamed, called, spreadOut };
      });
    const measureEmbedded = () =>
      onStage('tallyboard', faults, async (stage) => {
        const { server, changers, viewers } = stage;
        const crowd = { servers: [server], loads: [changers, viewers], faults };
        const cost = () => costOf(crowd);
        await stream(crowd, cost, warmUp, 'w');
        const streamed = await stream(crowd, cost, lines, 's');
        const called = await call(crowd, cost, warmUpMs, windowMs);
        const orders = 2 * (warmUp + lines) + called.acknowledged;
        await settle(stage, { path: '/dashboard', last: () => ({ revision: orders, counters: { orders } }) });
        return { streamed, called };
      });
    const [ours, theirs]: [Awaited<ReturnType<typeof measureShared>>[], Awaited<ReturnType<typeof measureEmbedded>>[]] =
      [[], []];
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await measureShared());
      theirs.push(await measureEmbedded());
    }
    const figureOf = (what: string, our: readonly Measured[], their: readonly Measured[]): Figure => ({
      what: `${INSTANCES} instances on one Redis with AOF \`always\`, a key each, ${what}: change sets/s`,
      tallyboard: shown(our, true),
      baseline: their.length > 0 ? `one embedded instance: ${shown(their, false)}` : '',
      ratio: spread(
        our.map(({ perSecond }, round) => perSecond / (their[round]?.perSecond ?? Number.NaN)),
        2,
      ),
      target: `at least ${TARGET_PER_SECOND}`,
      met: median(our.map(({ perSecond }) => perSecond)) >= TARGET_PER_SECOND,
    });
    const figures = [
      figureOf(
        'a stream to each, one dashboard',
        ours.map(({ streamed }) => streamed),
        theirs.map(({ streamed }) => streamed),
      ),
      figureOf(
        `a stream to each, ${DASHBOARDS} dashboards in turn`,
        ours.map(({ spreadOut }) => spreadOut),
        theirs.map(({ streamed }) => streamed),
      ),
      figureOf(
        `a request each, ${CONNECTIONS} connections, one dashboard`,
        ours.map(({ called }) => called),
        theirs.map(({ called }) => called),
      ),
    ];
    return { figures, faults };
  },
};
