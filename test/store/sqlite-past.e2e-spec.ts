/** The past of a dashboard in the SQLite store: its hidden rows, and what is left of them after a crash. */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../src/store/sqlite/database.js';
import { Expiry } from '../../src/store/sqlite/expiry.js';
import { eventually } from '../support/cleanup.js';
import { getDatabasePath, listFindings, openSqliteStore, withDatabaseCopy } from '../support/sqlite-store.js';
import { createTempDirectory } from '../support/temp-directory.js';

const START_MS = Math.floor(Date.now() / 1_000) * 1_000 - 7_000_000;

/** Lines of successive seconds. */
function createLines(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    line: index + 1,
    at: START_MS + index * 1_000,
    counters: { orders: { added: 2, removed: 1 }, queue: { value: index % 9 } },
  }));
}

const countRows = (file: string, table: string): number =>
  withDatabaseCopy(file, (database) => {
    const row: unknown = database.prepare(`SELECT count(*) AS rows FROM ${table}`).get();
    return (row as { rows: number }).rows;
  });

it('its rows gather unseen while the store goes on: changes are counted, the cleaner leaves them, no check finds fault', async () => {
  const directory = createTempDirectory();
  const file = getDatabasePath(directory);
  const store = await openSqliteStore(directory);
  await store.define('shop', { counters: { orders: {}, queue: { kind: 'gauge' } } });
  await store.define('main', { counters: { orders: {} } });
  await store.define('gone', { counters: { orders: {} } });
  await store.apply({ dashboard: 'gone', changes: [{ counter: 'orders', by: 1 }] });
  const lines = createLines(3_000);
  async function* send() {
    yield lines.slice(0, 2_900);
    await store.remove('gone');
    // The cleaner has been there once the removed dashboard is away.
    await eventually(() => countRows(file, `dashboards WHERE name LIKE '/gone/%'`) === 0);
    expect(countRows(file, 'points')).toBeGreaterThan(1_000);
    expect(listFindings(file)).toEqual([]);
    await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] });
    expect((await store.readDashboard('shop')).revision).toBe(0);
    yield lines.slice(2_900);
  }
  await store.bookPast('shop', send());
  await eventually(() => countRows(file, `counters WHERE name < 'a'`) === 0);
  expect(countRows(file, 'dashboards')).toBe(2);
  expect(listFindings(file)).toEqual([]);
  expect((await store.readDashboard('shop')).counters.get('orders')).toMatchObject({ value: 3_000, added: 6_000n });
});

it('a process that was killed leaves a file without fault, and the next one deletes the hidden rows', async () => {
  const [directory, copy] = [createTempDirectory(), createTempDirectory()];
  const store = await openSqliteStore(directory);
  await store.define('shop', { counters: { orders: {}, queue: { kind: 'gauge' } } });
  const lines = createLines(3_000);
  async function* send() {
    yield lines;
    for (const suffix of ['', '-wal'])
      if (existsSync(getDatabasePath(directory) + suffix))
        copyFileSync(getDatabasePath(directory) + suffix, getDatabasePath(copy) + suffix);
    throw new Error('cut');
  }
  await expect(store.bookPast('shop', send())).rejects.toThrow('cut');
  expect(countRows(join(copy, 'tallyboard.db'), 'points')).toBeGreaterThan(1_000);
  const reopened = await openSqliteStore(copy);
  expect(reopened.integrity.findings).toBe(0);
  expect((await reopened.readAllDashboards()).map(({ name, revision }) => [name, revision])).toEqual([['shop', 0]]);
  for (const [path, opened] of [
    [directory, store],
    [copy, reopened],
  ] as const) {
    await opened.close();
    // Deleted step by step, by the process that is there.
    const { database, close } = openDatabase(path, { keyTtlMs: 1 }, () => []);
    const expiry = new Expiry(database, { keyTtlMs: 1, ledgerRetentionMs: 1, maxLedgerEntries: 1 });
    while (expiry.runStep(START_MS));
    close();
    const rows = ['dashboards', 'counters', 'points', 'levels'].map((table) => countRows(getDatabasePath(path), table));
    expect(rows).toEqual([1, 2, 0, 0]);
  }
});
