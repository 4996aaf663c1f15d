/** Counters: a dashboard of 1,000 counters against one of 3: a change and its frame cost what they touch, not what there is. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Route } from '../load-clients.js';
import type { MeasuredServer } from '../server.js';
import { alternate, between, type Case, type Figure, median, onStage, settle, spread, type Watched } from './case.js';

const MANY = 1_000;
const FEW = 3;
const VIEWERS = 500;
const PER_SECOND = 20;
const CONNECTIONS = 64;
const BYTES_TARGET = 1.05;
const CPU_TARGET = 1.25;

const PATH = '/dashboards/wide';
const ROUTE: Route = `POST ${PATH}/counters/orders/add`;
const WATCHED: Watched = {
  path: PATH,
  last: (count) => ({ revision: count(ROUTE), counters: { orders: count(ROUTE) } }),
};

async function define(server: MeasuredServer, size: number): Promise<void> {
  const names = ['orders', ...Array.from({ length: size - 1 }, (_, index) => `counter-${index}`)];
  await server.call('PUT', PATH, { counters: Object.fromEntries(names.map((name) => [name, {}])) });
}

export const counters: Case = {
  name: 'counters',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_500, 2_500] : [3_000, 5_000];
    const faults: string[] = [];
    const measure = (size: number) =>
      onStage('tallyboard', faults, async (stage) => {
        const { server, viewers, changers } = stage;
        await define(server, size);
        const watch = { port: server.port, viewers: VIEWERS, versioned: VIEWERS, path: PATH };
        await viewers.ask('watch', watch);
        await changers.ask('pace', { port: server.port, perSecond: PER_SECOND, route: ROUTE });
        await sleep(warmUpMs);
        const from = await viewers.ask('sample', server);
        await sleep(windowMs);
        const { bytesPerFrame, cpuUsPerFrame } = between(from, await viewers.ask('sample', server));
        await settle(stage, WATCHED);
        return { bytesPerFrame, cpuUsPerFrame };
      });
    const measureIngest = (size: number) =>
      onStage('tallyboard', faults, async (stage) => {
        const { server, changers } = stage;
        await define(server, size);
        await changers.ask('storm', { port: server.port, connections: CONNECTIONS, cycle: [ROUTE] });
        await sleep(warmUpMs);
        const from = await changers.ask('sample', server);
        await sleep(windowMs);
        const { cpuUsPerChange } = between(from, await changers.ask('sample', server));
        await settle(stage, WATCHED);
        return cpuUsPerChange;
      });
    const bytes = await alternate(
      rounds,
      () => measure(MANY),
      () => measure(FEW),
      ({ bytesPerFrame }) => bytesPerFrame,
    );
    const changes = await alternate(
      rounds,
      () => measureIngest(MANY),
      () => measureIngest(FEW),
      (cpuUs) => cpuUs,
    );
    const frame = (one: (typeof bytes)['ours']): string =>
      `${spread(
        one.map(({ bytesPerFrame }) => bytesPerFrame),
        0,
      )} bytes, ${spread(
        one.map(({ cpuUsPerFrame }) => cpuUsPerFrame),
        2,
      )} us`;
    const figures: Figure[] = [
      {
        what: `${MANY} counters, ${VIEWERS} viewers of \`tallyboard.v1\`, ${PER_SECOND} changes/s: payload and server CPU per frame`,
        tallyboard: frame(bytes.ours),
        baseline: `${FEW} counters: ${frame(bytes.theirs)}`,
        ratio: `${spread(bytes.ratios, 2)} of the bytes`,
        target: `at most ${BYTES_TARGET}`,
        met: median(bytes.ratios) <= BYTES_TARGET,
      },
      {
        what: `${MANY} counters, ${CONNECTIONS} connections, durable: server CPU per change`,
        tallyboard: `${spread(changes.ours, 1)} us`,
        baseline: `${FEW} counters: ${spread(changes.theirs, 1)} us`,
        ratio: spread(changes.ratios, 2),
        target: `at most ${CPU_TARGET}`,
        met: median(changes.ratios) <= CPU_TARGET,
      },
    ];
    return { figures, faults };
  },
};
