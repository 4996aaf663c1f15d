/**
 * Creates a data directory with two weeks of history, with the same rows that changes at those times would have
 * written.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { DATA_ROOT, MeasuredServer } from './server.js';

/**
 * Widths of buckets, and the period that is filled with each: as `BUCKETS` of the store. Hours and days follow from
 * minutes.
 */
const RETENTION: readonly (readonly [stepMs: number, keepMs: number])[] = [
  [1_000, 2 * 3_600_000],
  [60_000, 14 * 86_400_000],
];
const COUNTERS = ['orders', 'customers', 'products'];
const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];

/** Creates points of one bucket width: more by day than by night, and a different amount for each counter. */
function createPoints(counter: string, stepMs: number, fromMs: number, toMs: number): (string | number)[][] {
  const amount = (COUNTERS.indexOf(counter) + 1) * (stepMs / 60_000);
  const rows: (string | number)[][] = [];
  let value = 0;
  for (let at = fromMs; at < toMs; at += stepMs) {
    const added = Math.round(amount * 4 * (1.2 - Math.cos((2 * Math.PI * at) / DAY_MS)) * Math.random());
    const removed = Math.min(value, Math.round(amount * 2.4 * Math.random()));
    value += added - removed;
    rows.push([counter, stepMs, at, value, added, removed]);
  }
  return rows;
}

/** Returns a statement that adds up the points of minutes to wider ones. */
function sumMinutes(stepMs: number): string {
  return `INSERT INTO points (counter, step, at, value, added, removed)
    SELECT counter, ${stepMs}, start, value, added, removed FROM
      (SELECT counter, at - at % ${stepMs} AS start, max(at), value, sum(added) AS added, sum(removed) AS removed
       FROM points WHERE step = 60000 GROUP BY counter, start)`;
}

/**
 * Creates the directory and returns its path. Dashboard `main` has a point for each minute, and for each second of the
 * last two hours.
 */
export async function createTwoWeeksOfHistory(): Promise<string> {
  mkdirSync(DATA_ROOT, { recursive: true });
  const directory = mkdtempSync(join(DATA_ROOT, 'past-'));
  const server = await MeasuredServer.start('tallyboard', { DATA_DIR: directory });
  await fetch(`http://127.0.0.1:${server.port}/order`, { method: 'POST' });
  await server.stop();
  const database = new Database(join(directory, 'tallyboard.db'));
  const now = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  const write = database.prepare(
    `INSERT OR REPLACE INTO points (counter, step, at, value, added, removed)
     SELECT counters.id, row.value->>1, row.value->>2, row.value->>3, row.value->>4, row.value->>5
     FROM json_each(?) AS row JOIN counters ON counters.name = row.value->>0`,
  );
  // The last point of a counter must agree with its value: that of the order before is not needed.
  database.exec('DELETE FROM points');
  for (const counter of COUNTERS) {
    for (const [stepMs, keepMs] of RETENTION)
      write.run(JSON.stringify(createPoints(counter, stepMs, now - keepMs, now)));
  }
  database.exec(
    `UPDATE counters SET added = sums.added, removed = sums.removed
     FROM (SELECT counter, sum(added) AS added, sum(removed) AS removed FROM points WHERE step = 60000 GROUP BY counter) AS sums
     WHERE id = sums.counter;
${[HOUR_MS, DAY_MS].map(sumMinutes).join(';')}`,
  );
  database.close();
  return directory;
}
