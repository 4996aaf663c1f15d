/**
 * Dashboard `shop` with a history. The points are written into the database file as changes at those times would have
 * left them in UTC, and moved to the Redis at TEST_REDIS_URL if that is set.
 */
import { ROWS } from '../../src/store/store.js';
import { createCaller } from './api-client.js';
import { startApp } from './app.js';
import { createTempDirectory } from './temp-directory.js';
import { getRedisTargetVariables } from './redis-target.js';
import { getDatabasePath, withDatabase, openSqliteStore } from './sqlite-store.js';
import { getRedisEndpoint } from './redis-endpoint.js';
import { exportToText, importText, createSqliteEndpoint } from './sample-export.js';

/** Changes of counters; `at` in milliseconds since the Unix epoch. */
export type SeededChanges = readonly (readonly [counter: string, at: number, by: number])[];

/** A row of the table `points`, with the counter's name instead of its id. */
type PointRow = [counter: string, step: number, at: number, value: number, added: number, removed: number];

function toPointRows(changes: SeededChanges): PointRow[] {
  const rows = new Map<string, PointRow>();
  const values = new Map<string, number>();
  for (const [counter, at, by] of changes) {
    const value = (values.get(counter) ?? 0) + by;
    values.set(counter, value);
    for (const { stepMs } of ROWS) {
      const start = at - (at % stepMs);
      const key = `${counter} ${stepMs} ${start}`;
      const [, , , , added, removed] = rows.get(key) ?? ['', 0, 0, 0, 0, 0];
      rows.set(key, [counter, stepMs, start, value, added + Math.max(by, 0), removed + Math.max(-by, 0)]);
    }
  }
  return [...rows.values()];
}

/**
 * Creates a closed store with the changes.
 * @param counters all counters of `shop`
 * @returns its directory, for DATA_DIR
 */
export async function createSeededDatabase(changes: SeededChanges, counters = ['sales', 'visits']): Promise<string> {
  const directory = createTempDirectory();
  const store = await openSqliteStore(directory);
  await store.define('shop', { counters: Object.fromEntries(counters.map((name) => [name, {}])) });
  await store.close();
  withDatabase(getDatabasePath(directory), (database) => {
    database
      .prepare(
        `INSERT INTO points (counter, step, at, value, added, removed)
         SELECT counters.id, row.value->>1, row.value->>2, row.value->>3, row.value->>4, row.value->>5
         FROM json_each(?) AS row JOIN counters ON counters.name = row.value->>0
         JOIN dashboards ON dashboards.id = counters.dashboard AND dashboards.name = 'shop'`,
      )
      .run(JSON.stringify(toPointRows(changes)));
    const totals = `SELECT counter, sum(added) AS added, sum(removed) AS removed FROM points WHERE step = 3600000 GROUP BY counter`;
    database.exec(
      `UPDATE counters SET added = sums.added, removed = sums.removed FROM (${totals}) AS sums WHERE id = sums.counter`,
    );
  });
  await moveToRedisTarget(directory);
  return directory;
}

/** Starts an application on a seeded database. @returns it with a function that queries the history of `shop` */
export async function startSeededApp(changes: SeededChanges, counters?: string[]) {
  const DATA_DIR = await createSeededDatabase(changes, counters);
  const app = await startApp({ DATA_DIR });
  const call = createCaller(app.url);
  const history = (query: Readonly<Record<string, string | number>>, headers?: Record<string, string>) =>
    call(`GET /dashboards/shop/history?${new URLSearchParams(toStringRecord(query)).toString()}`, undefined, headers);
  return { ...app, DATA_DIR, call, history };
}

function toStringRecord(query: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
}

/** Copies the data of a directory to the Redis at TEST_REDIS_URL, if that is set. */
async function moveToRedisTarget(directory: string): Promise<void> {
  const { REDIS_URL, REDIS_PREFIX } = getRedisTargetVariables({ DATA_DIR: directory });
  if (REDIS_URL === undefined || REDIS_PREFIX === undefined) return;
  await importText(getRedisEndpoint(REDIS_URL, REDIS_PREFIX), await exportToText(createSqliteEndpoint(directory)));
}
