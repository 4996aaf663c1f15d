/** History: 64 connections add orders while a client reads the largest history again and again, against nobody reading. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import type { MeasuredServer } from '../server.js';
import { alternate, between, type Case, type Figure, median, onStage, settle, spread } from './case.js';

const CONNECTIONS = 64;
/** Two years of hours of so many counters are as many points as one answer may be read from. */
const COUNTERS = 28;
const HOURS = 17_500;
const HOUR_MS = 3_600_000;
const RATE_TARGET = 0.5;
const P99_TARGET = 3;

const names = Array.from({ length: COUNTERS }, (_, index) => `c${index}`);

/** A question for all of it. */
function question(): { path: string; thisHour: number } {
  const thisHour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  return { path: `/dashboards/past/history?from=${thisHour - (HOURS - 2) * HOUR_MS}`, thisHour };
}

/** A change in each hour, written behind the server's back before there is any load: through it all of them would be of now. */
async function makePast(server: MeasuredServer): Promise<void> {
  await server.call('PUT', '/dashboards/past', { counters: Object.fromEntries(names.map((name) => [name, {}])) });
  const { path, thisHour } = question();
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
  await server.call('GET', path);
}

export const history: Case = {
  name: 'history',
  async run({ form, rounds }) {
    const [warmUpMs, windowMs] = form === 'short' ? [1_500, 3_000] : [3_000, 8_000];
    const faults: string[] = [];
    const measure = (readers: 0 | 1) =>
      onStage(
        'tallyboard',
        faults,
        async (stage) => {
          const { server, changers } = stage;
          await changers.ask('storm', { port: server.port, connections: CONNECTIONS, cycle: ['POST /order'] });
          const reading = { wanted: true, answers: 0 };
          const readAll = async (): Promise<void> => {
            while (reading.wanted) {
              const { at } = await server.call<{ at: number[] }>('GET', question().path);
              if (at.length < 1_000 || at.length > 5_000) faults.push(`a history had ${at.length} rows`);
              reading.answers += 1;
            }
          };
          const done = readers === 1 ? readAll() : Promise.resolve();
          await sleep(warmUpMs);
          const from = await changers.ask('sample', server);
          const answersBefore = reading.answers;
          await sleep(windowMs);
          const { changesPerSecond } = between(from, await changers.ask('sample', server));
          const answers = reading.answers - answersBefore;
          reading.wanted = false;
          const { p99Ms } = await settle(stage);
          await done;
          return { changesPerSecond, p99Ms, answers };
        },
        makePast,
      );
    const { ours, theirs, ratios } = await alternate(
      rounds,
      () => measure(1),
      () => measure(0),
      ({ changesPerSecond }) => changesPerSecond,
    );
    const of = (measured: typeof ours, figure: 'changesPerSecond' | 'p99Ms', digits: number): string =>
      spread(
        measured.map((one) => one[figure]),
        digits,
      );
    const slower = ours.map(({ p99Ms }, round) => p99Ms / (theirs[round]?.p99Ms ?? Number.NaN));
    const answered = (median(ours.map(({ answers }) => answers)) / windowMs) * 1_000;
    const figures: Figure[] = [
      {
        what: `History, one client reading ${COUNTERS} counters over two years of hours, ${CONNECTIONS} connections, durable: changes/s`,
        tallyboard: `${of(ours, 'changesPerSecond', 0)}, with ${answered.toFixed(2)} answers/s`,
        baseline: `nobody reads: ${of(theirs, 'changesPerSecond', 0)}`,
        ratio: spread(ratios, 2),
        target: `at least ${RATE_TARGET}`,
        met: median(ratios) >= RATE_TARGET,
      },
      {
        what: 'History: a change until its acknowledgement, 99th percentile',
        tallyboard: `${of(ours, 'p99Ms', 1)} ms`,
        baseline: `nobody reads: ${of(theirs, 'p99Ms', 1)} ms`,
        ratio: spread(slower, 2),
        target: `at most ${P99_TARGET}`,
        met: median(slower) <= P99_TARGET,
      },
    ];
    return { figures, faults };
  },
};
