/**
 * The reader thread of the SQLite store: limits of results and of pending reads, edges of ranges, and no delay for
 * commits.
 */
import { createMainStore, changeOrders, readSeries } from '../../src/store/contract/fixtures.contract.js';
import { MAX_PENDING_READS } from '../../src/store/sqlite/reader-client.js';
import { type CounterStore, MAX_POINTS } from '../../src/store/store.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { getDatabasePath, createSqliteStore, withDatabase, openSqliteStore } from '../support/sqlite-store.js';
import { HOUR_MS, MINUTE_MS } from '../support/times.js';

/** A time long after the changes of the tests. */
const FUTURE = 4_000_000_000_000 - (4_000_000_000_000 % HOUR_MS);

/** Inserts a point of `orders` for each row `[step, at, value]`. */
function insertPoints(directory: string, rows: readonly (readonly [number, number, number])[]): void {
  withDatabase(getDatabasePath(directory), (database) =>
    database.exec(
      `INSERT INTO points (counter, step, at, value, added, removed)
       SELECT (SELECT id FROM counters WHERE name = 'orders'), value->>0, value->>1, value->>2, 1, 0
       FROM json_each('${JSON.stringify(rows)}')`,
    ),
  );
}

async function openMain(): Promise<{ store: CounterStore; directory: string }> {
  const directory = createTempDirectory();
  const store = await openSqliteStore(directory);
  await store.define('main', { counters: { orders: {} } });
  return { store, directory };
}

describe('readPoints of SqliteStore', () => {
  it('does not return a bucket that overlaps the range as the point before it', async () => {
    const { store, directory } = await openMain();
    insertPoints(directory, [
      [MINUTE_MS, FUTURE - MINUTE_MS, 1],
      [HOUR_MS, FUTURE - HOUR_MS, 1],
      [MINUTE_MS, FUTURE + 45 * MINUTE_MS, 2],
      [HOUR_MS, FUTURE, 2],
    ]);
    const range = [FUTURE + 30 * MINUTE_MS, FUTURE + HOUR_MS] as const;
    const { before, points } = await readSeries(store, 'orders', MINUTE_MS, range);
    expect([before?.value, points.map(({ value }) => value)]).toEqual([1, [2]]);
    const hours = await readSeries(store, 'orders', HOUR_MS, [FUTURE + HOUR_MS, FUTURE + 2 * HOUR_MS]);
    expect([hours.before, hours.points]).toEqual([
      { at: FUTURE + 45 * MINUTE_MS, value: 2, added: 1n, removed: 0n },
      [],
    ]);
  });

  it('returns MAX_POINTS points and refuses to return one more', async () => {
    const { store, directory } = await openMain();
    insertPoints(
      directory,
      Array.from({ length: MAX_POINTS + 1 }, (_, index) => [1_000, FUTURE + index * 1_000, index] as const),
    );
    const end = FUTURE + MAX_POINTS * 1_000;
    const tooMany = readSeries(store, 'orders', 1_000, [FUTURE, end + 1]);
    await expect(tooMany).rejects.toMatchObject({ code: 'too-many-points' });
    const { points } = await readSeries(store, 'orders', 1_000, [FUTURE, end]);
    expect([points.length, points.at(-1)?.value]).toEqual([MAX_POINTS, MAX_POINTS - 1]);
  });
});

describe('reads of SqliteStore', () => {
  it('are refused beyond MAX_PENDING_READS, and accepted again when those are done', async () => {
    const { store } = await createMainStore(createSqliteStore);
    const settled = await Promise.allSettled(
      Array.from({ length: MAX_PENDING_READS + 3 }, () => store.readLedger('main', 0, 10)),
    );
    const results = settled.map((result) => (result.status === 'rejected' ? result.reason : result.value) as unknown);
    expect(results.slice(0, MAX_PENDING_READS)).toEqual(Array.from({ length: MAX_PENDING_READS }, () => []));
    for (const reason of results.slice(MAX_PENDING_READS)) expect(reason).toMatchObject({ code: 'overloaded' });
    expect(await store.readLedger('main', 0, 10)).toEqual([]);
  });

  it('do not delay commits: changes sent after slow reads are acknowledged before the reads are done', async () => {
    const { store, directory } = await openMain();
    insertPoints(
      directory,
      Array.from({ length: MAX_POINTS }, (_, index) => [1_000, FUTURE + index * 1_000, index] as const),
    );
    await store.readLedger('main', 0, 1);
    let done = 0;
    const readings = Array.from({ length: 8 }, async () => {
      await readSeries(store, 'orders', 1_000, [FUTURE, Number.MAX_SAFE_INTEGER]);
      done += 1;
    });
    for (let revision = 1; revision <= 3; revision += 1)
      expect(await store.apply(changeOrders(1))).toMatchObject({ revision });
    expect(done).toBeLessThan(readings.length);
    await Promise.all(readings);
    expect(done).toBe(readings.length);
  });
});
