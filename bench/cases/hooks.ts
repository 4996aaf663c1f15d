/**
 * Hooks: 64 connections post signed events of 2.5 KB as fast as possible, against the same server with `POST /order`,
 * with a key and without; then 200 events a second, for the time to the answer.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BENCH_HOOK, type StormRequest } from '../hook-clients.js';
import { DATA_ROOT } from '../server.js';
import { type BenchCase, type ServerUnderLoad, settleAndCheck, withServer } from './case.js';
import { computeMedian, computeRates, formatSpread, judgeAtMost, measureAlternately } from './figures.js';

const CONNECTIONS = 64;
const MAX_CPU_RATIO = 1.5;
const EVENTS_PER_SECOND = 200;
const MAX_P99_MS = 50;

export const hooksCase: BenchCase = {
  name: 'hooks',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_500, 2_000] : [3_000, 5_000];
    const faults: string[] = [];
    mkdirSync(DATA_ROOT, { recursive: true });
    const directory = mkdtempSync(join(DATA_ROOT, 'hooks-'));
    const HOOKS_FILE = join(directory, 'hooks.json');
    writeFileSync(HOOKS_FILE, JSON.stringify({ hooks: { shop: BENCH_HOOK } }));
    const withHooks = <T>(measure: (run: ServerUnderLoad) => Promise<T>) =>
      withServer('tallyboard', faults, measure, undefined, { HOOKS_FILE });
    const sampleWindow = async ({ server, changers }: ServerUnderLoad) => {
      await sleep(warmUpMs);
      const from = await changers.run('sample', server);
      await sleep(windowMs);
      return computeRates(from, await changers.run('sample', server));
    };
    const stopEvents = async ({ server, changers }: ServerUnderLoad) => {
      const totals = await changers.run('stopHookEvents', null);
      const { counters } = await server.readSnapshot();
      if (totals.others > 0) faults.push(`${totals.others} events were not counted`);
      if (counters['orders'] !== totals.counted)
        faults.push(`orders are ${counters['orders']}, not ${totals.counted} as answered`);
      return totals;
    };
    const measureStorm = (request: StormRequest) =>
      withHooks(async (run) => {
        await run.changers.run('startHookStorm', { port: run.server.port, connections: CONNECTIONS, request });
        const rates = await sampleWindow(run);
        await stopEvents(run);
        return rates;
      });
    const measurePlainOrders = () =>
      withHooks(async (run) => {
        const storm = { port: run.server.port, connections: CONNECTIONS, cycle: ['POST /order'] } as const;
        await run.changers.run('startStorm', storm);
        const rates = await sampleWindow(run);
        await settleAndCheck(run);
        return rates;
      });
    const measureLatency = () =>
      withHooks(async (run) => {
        await run.changers.run('startHookEvents', { port: run.server.port, perSecond: EVENTS_PER_SECOND });
        await sleep(warmUpMs + windowMs);
        return (await stopEvents(run)).p99Ms;
      });
    const getCost = ({ cpuUsPerChange }: ReturnType<typeof computeRates>): number => cpuUsPerChange;
    const plain: ReturnType<typeof computeRates>[] = [];
    const { ours, theirs, ratios } = await measureAlternately(
      rounds,
      () => measureStorm('event'),
      async () => {
        plain.push(await measurePlainOrders());
        return measureStorm('keyed order');
      },
      getCost,
    );
    const latencies: number[] = [];
    for (let round = 0; round < rounds; round += 1) latencies.push(await measureLatency());
    rmSync(directory, { recursive: true });
    const show = (measured: typeof ours): string => {
      const rate = computeMedian(measured.map(({ changesPerSecond }) => changesPerSecond));
      const costs = measured.map(({ cpuUsPerChange }) => cpuUsPerChange);
      return `${formatSpread(costs, 1)} us at ${Math.round(rate)}/s`;
    };
    const createCost = (baseline: string, measured: typeof ours, toBaseline: readonly number[]) => ({
      label: `Hooks, ${CONNECTIONS} connections, durable: server CPU per signed event of 2.5 KB, against ${baseline}`,
      tallyboard: show(ours),
      baseline: show(measured),
      ...judgeAtMost(toBaseline, MAX_CPU_RATIO),
    });
    const costs = [
      createCost('`POST /order` with an `Idempotency-Key`', theirs, ratios),
      createCost(
        '`POST /order` without one',
        plain,
        ours.map((measured, round) => getCost(measured) / getCost(plain[round] ?? measured)),
      ),
    ];
    const latency = {
      label: `Hooks, ${EVENTS_PER_SECOND} events/s: time to the 200`,
      tallyboard: `p99 ${formatSpread(latencies, 1)} ms`,
      baseline: '',
      ratio: '',
      target: `p99 at most ${MAX_P99_MS} ms`,
      met: computeMedian(latencies) <= MAX_P99_MS,
    };
    return { figures: [...costs, latency], faults };
  },
};
