/**
 * Measures: what periods, derived measures, gauges, money and rules add to the cost of frames and changes, each against
 * the same work without it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeRoute } from '../change-clients.js';
import type { MeasuredServer } from '../server.js';
import {
  type BenchCase,
  type Figure,
  type ServerUnderLoad,
  withServer,
  settleAndCheck,
  type WatchedDashboard,
} from './case.js';
import { computeMedian, computeRates, formatSpread, judgeAtMost, measureAlternately } from './figures.js';

const VIEWERS = 1_000;
const CHANGES_PER_SECOND = 20;
const CONNECTIONS = 64;
const MEASURES = 20;
const RULES = 1_000;
const MAX_PERIODS_RATIO = 1.05;
const MAX_MEASURES_RATIO = 1.1;
/** What all rules may add to a change, microseconds. */
const MAX_RULES_US = 2;
/** No dearer, but for what two runs of the same differ. */
const MAX_CHANGE_RATIO = 1.05;

const PATH = '/dashboards/shop';
const ROUTE: ChangeRoute = `POST ${PATH}/counters/orders/add`;
const PERIODS_QUERY = '?periods=day,month';
const WATCHED: WatchedDashboard = {
  path: PATH,
  expectedState: (count) => ({ revision: count(ROUTE), counters: { orders: count(ROUTE) } }),
};

/** A subject under measurement. `orders` is the counter that changes. */
interface Variant {
  /** Definition of `orders`. */
  readonly orders?: object;
  /** Measures of the dashboard, all of which change with `orders`. */
  readonly measures?: number;
  /** Rules about `orders`, half of them about its day. */
  readonly rules?: number;
  /** Query with which viewers watch. */
  readonly query?: string;
}

function createDefinition({ orders = {}, measures = 0 }: Variant): object {
  const names = Array.from({ length: measures }, (_, index) => `measure-${index}`);
  const ratio = { ratio: ['orders', 'visits'], percent: true };
  return {
    timeZone: 'Europe/Berlin',
    counters: { orders, visits: {}, products: {} },
    measures: Object.fromEntries(names.map((name) => [name, ratio])),
  };
}

type Verdict = Pick<Figure, 'ratio' | 'target' | 'met'>;

/** Judges what rules add, in microseconds: the target is met if the median is at most {@link MAX_RULES_US}. */
function judgeAdded(ours: readonly number[], theirs: readonly number[]): Verdict {
  const added = ours.map((one, index) => one - (theirs[index] ?? 0));
  const target = `at most ${MAX_RULES_US} us more`;
  return { ratio: `${formatSpread(added, 1)} us more`, target, met: computeMedian(added) <= MAX_RULES_US };
}

/** A rule that the load does not reach. */
function createRule(index: number): object {
  const when = { of: 'orders', above: 1_000_000_000 + index, ...(index % 2 === 0 && { in: 'day' }) };
  return { when, notify: [{ url: 'https://example.com/' }] };
}

export const measuresCase: BenchCase = {
  name: 'measures',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_500, 2_500] : [4_000, 6_000];
    const faults: string[] = [];

    /** Runs changes and viewers of a variant, and computes the rates in the window. */
    const measure = (variant: Variant, load: 'paced' | 'storm', viewerCount: number) => {
      const path = PATH + (variant.query ?? '');
      const prepare = async (server: MeasuredServer): Promise<void> => {
        await server.request('PUT', PATH, createDefinition(variant));
        for (let index = 0; index < (variant.rules ?? 0); index += 1)
          await server.request('PUT', `${PATH}/rules/rule-${index}`, createRule(index));
        // Reading periods starts the thread that reads, with files of its own.
        await server.request('GET', path);
      };
      const run = async (underLoad: ServerUnderLoad) => {
        const { server, viewers, changers } = underLoad;
        const { port } = server;
        if (viewerCount > 0)
          await viewers.run('openViewers', { port, viewers: viewerCount, versioned: viewerCount, path });
        if (load === 'paced')
          await changers.run('startPaced', { port, perSecond: CHANGES_PER_SECOND, routes: [ROUTE] });
        else await changers.run('startStorm', { port, connections: CONNECTIONS, cycle: [ROUTE] });
        await sleep(warmUpMs);
        const sampler = load === 'paced' ? viewers : changers;
        const from = await sampler.run('sample', server);
        await sleep(windowMs);
        const rates = computeRates(from, await sampler.run('sample', server));
        await settleAndCheck(underLoad, WATCHED);
        return rates;
      };
      return withServer('tallyboard', faults, run, prepare);
    };

    const compareFrames = async (label: string, variant: Variant, max: number): Promise<Figure> => {
      const { ours, theirs, ratios } = await measureAlternately(
        rounds,
        () => measure(variant, 'paced', VIEWERS),
        () => measure({}, 'paced', VIEWERS),
        ({ cpuUsPerFrame }) => cpuUsPerFrame,
      );
      const shown = (measured: typeof ours): string => {
        const [cpu, bytes] = [measured.map((one) => one.cpuUsPerFrame), measured.map((one) => one.bytesPerFrame)];
        return `${formatSpread(cpu, 2)} us, ${formatSpread(bytes, 0)} bytes`;
      };
      return {
        label: `${label}, ${VIEWERS} viewers of \`tallyboard.v1\`, ${CHANGES_PER_SECOND} changes/s: server CPU per frame`,
        tallyboard: shown(ours),
        baseline: `without: ${shown(theirs)}`,
        ...judgeAtMost(ratios, max),
      };
    };

    const compareChanges = async (
      label: string,
      variant: Variant,
      viewerCount = 0,
      judge: (ours: readonly number[], theirs: readonly number[], ratios: readonly number[]) => Verdict = (
        ...[, , ratios]
      ) => judgeAtMost(ratios, MAX_CHANGE_RATIO),
    ): Promise<Figure> => {
      const { ours, theirs, ratios } = await measureAlternately(
        rounds,
        () => measure(variant, 'storm', viewerCount),
        () => measure({}, 'storm', viewerCount),
        ({ cpuUsPerChange }) => cpuUsPerChange,
      );
      const shown = (measured: typeof ours): string => {
        const [cpu, rate] = [measured.map((one) => one.cpuUsPerChange), measured.map((one) => one.changesPerSecond)];
        return `${formatSpread(cpu, 1)} us at ${formatSpread(rate, 0)}/s`;
      };
      return {
        label: `${label}, ${CONNECTIONS} connections, durable: server CPU per change`,
        tallyboard: shown(ours),
        baseline: `without: ${shown(theirs)}`,
        ...judge(
          ours.map((one) => one.cpuUsPerChange),
          theirs.map((one) => one.cpuUsPerChange),
          ratios,
        ),
      };
    };

    const periods = { query: PERIODS_QUERY };
    const figures = [
      await compareFrames(`\`${PERIODS_QUERY}\``, periods, MAX_PERIODS_RATIO),
      await compareFrames(`${MEASURES} measures`, { measures: MEASURES }, MAX_MEASURES_RATIO),
      await compareChanges(`Beside ${VIEWERS} viewers with \`${PERIODS_QUERY}\``, periods, VIEWERS),
      await compareChanges(`${RULES} rules about it`, { rules: RULES }, 0, judgeAdded),
      await compareChanges('A gauge', { orders: { kind: 'gauge' } }),
      await compareChanges('A counter with `scale` and `currency`', { orders: { scale: 2, currency: 'EUR' } }),
    ];
    return { figures, faults };
  },
};
