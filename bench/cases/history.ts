/**
 * History: 64 connections add orders while a client repeatedly reads the largest history, against the same without it.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import type { MeasuredServer } from '../server.js';
import { type BenchCase, type Figure, withServer, settleAndCheck } from './case.js';
import { computeMedian, computeRates, formatSpread, judgeAtLeast, judgeAtMost, measureAlternately } from './figures.js';

const CONNECTIONS = 64;
/** With two years of hours, this many counters have nearly as many points as a response may be computed from. */
const COUNTERS = 28;
const HOURS = 17_500;
const HOUR_MS = 3_600_000;
const MIN_RATE_RATIO = 0.5;
const MAX_P99_RATIO = 3;

const COUNTER_NAMES = Array.from({ length: COUNTERS }, (_, index) => `c${index}`);

/** Path of a request for the whole history. */
function createHistoryQuery(): { path: string; thisHour: number } {
  const thisHour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  return { path: `/dashboards/past/history?from=${thisHour - (HOURS - 2) * HOUR_MS}`, thisHour };
}

/**
 * Writes a change in each hour directly into the database: changes sent to the server would all have the current time.
 */
async function seedHistory(server: MeasuredServer): Promise<void> {
  await server.request('PUT', '/dashboards/past', {
    counters: Object.fromEntries(COUNTER_NAMES.map((name) => [name, {}])),
  });
  const { path, thisHour } = createHistoryQuery();
  const database = new Database(join(server.directory, 'tallyboard.db'), { timeout: 5_000 });
  database
    .prepare(
      `WITH RECURSIVE ago (hours) AS (SELECT 1 UNION ALL SELECT hours + 1 FROM ago WHERE hours < ?)
       INSERT INTO points (counter, step, at, value, added, removed)
       SELECT counters.id, ${HOUR_MS}, ? - hours * ${HOUR_MS}, abs(random() % 1000), abs(random() % 1000), abs(random() % 1000)
       FROM counters JOIN dashboards ON dashboards.id = counters.dashboard AND dashboards.name = 'past' CROSS JOIN ago`,
    )
    .run(HOURS, thisHour);
  database.close();
  await server.request('GET', path);
}

export const historyCase: BenchCase = {
  name: 'history',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_500, 3_000] : [3_000, 8_000];
    const faults: string[] = [];
    const measure = (readers: 0 | 1) =>
      withServer(
        'tallyboard',
        faults,
        async (run) => {
          const { server, changers } = run;
          await changers.run('startStorm', { port: server.port, connections: CONNECTIONS, cycle: ['POST /order'] });
          const reading = { wanted: true, answers: 0 };
          const readAll = async (): Promise<void> => {
            while (reading.wanted) {
              const { at } = await server.request<{ at: number[] }>('GET', createHistoryQuery().path);
              if (at.length < 1_000 || at.length > 5_000) faults.push(`a history had ${at.length} rows`);
              reading.answers += 1;
            }
          };
          const done = readers === 1 ? readAll() : Promise.resolve();
          await sleep(warmUpMs);
          const from = await changers.run('sample', server);
          const answersBefore = reading.answers;
          await sleep(windowMs);
          const { changesPerSecond } = computeRates(from, await changers.run('sample', server));
          const answers = reading.answers - answersBefore;
          reading.wanted = false;
          const { p99Ms } = await settleAndCheck(run);
          await done;
          return { changesPerSecond, p99Ms, answers };
        },
        seedHistory,
      );
    const { ours, theirs, ratios } = await measureAlternately(
      rounds,
      () => measure(1),
      () => measure(0),
      ({ changesPerSecond }) => changesPerSecond,
    );
    const of = (measured: typeof ours, figure: 'changesPerSecond' | 'p99Ms', digits: number): string =>
      formatSpread(
        measured.map((one) => one[figure]),
        digits,
      );
    const slower = ours.map(({ p99Ms }, round) => p99Ms / (theirs[round]?.p99Ms ?? Number.NaN));
    const answered = (computeMedian(ours.map(({ answers }) => answers)) / windowMs) * 1_000;
    const figures: Figure[] = [
      {
        label: `History, one client that reads ${COUNTERS} counters over two years of hours, ${CONNECTIONS} connections, durable: changes/s`,
        tallyboard: `${of(ours, 'changesPerSecond', 0)}, with ${answered.toFixed(2)} histories/s`,
        baseline: `without the reader: ${of(theirs, 'changesPerSecond', 0)}`,
        ...judgeAtLeast(ratios, MIN_RATE_RATIO),
      },
      {
        label: 'History: time until a change is acknowledged, 99th percentile',
        tallyboard: `${of(ours, 'p99Ms', 1)} ms`,
        baseline: `without the reader: ${of(theirs, 'p99Ms', 1)} ms`,
        ...judgeAtMost(slower, MAX_P99_RATIO),
      },
    ];
    return { figures, faults };
  },
};
