/** The SQLite store: the contract of all stores, reopening its file, and expiry and removal in the file. */
import { existsSync, statSync } from 'node:fs';
import { describeStoreClock } from '../../src/store/contract/clock.contract.js';
import { describeStore } from '../../src/store/contract/store.contract.js';
import {
  createMainStore,
  changeOrders,
  readCounterPoints,
  readSeries,
} from '../../src/store/contract/fixtures.contract.js';
import { openDatabase } from '../../src/store/sqlite/database.js';
import { Expiry } from '../../src/store/sqlite/expiry.js';
import { ROWS } from '../../src/store/store.js';
import type { SqliteStore } from '../../src/store/sqlite/sqlite.store.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { getDatabasePath, createSqliteStore, withDatabase, openSqliteStore } from '../support/sqlite-store.js';
import { eventually } from '../support/cleanup.js';

describeStore('SqliteStore', createSqliteStore);
describeStoreClock('SqliteStore', createSqliteStore);

const getFileSize = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

function countRows(file: string, table: 'dashboards' | 'counters' | 'keys' | 'ledger' | 'points'): number {
  const row: unknown = withDatabase(file, (database) =>
    database.prepare(`SELECT count(*) AS rows FROM ${table}`).get(),
  );
  return (row as { rows: number }).rows;
}

describe('SqliteStore, when reopened', () => {
  it('has the same epoch, revision, values, titles, ledger, points and keys', async () => {
    const { store, reopen } = await createMainStore(createSqliteStore);
    await store.apply(changeOrders(3, { key: 'k', reason: 'why', who: 'ann' }));
    await expect(store.apply(changeOrders(-4, { key: 'refused' }))).rejects.toMatchObject({
      code: 'nothing-to-remove',
    });
    const readEverything = async (opened: typeof store): Promise<unknown> => [
      await opened.readSnapshot('main'),
      await opened.readAllDashboards(),
      await opened.readLedger('main', 0, 10),
      await readCounterPoints(opened, 'orders', 60_000),
    ];
    const before = await readEverything(store);
    const reopened = await reopen?.();
    if (!reopened) throw new Error('the store cannot be reopened');
    expect(await readEverything(reopened)).toEqual(before);
    expect(await reopened.apply(changeOrders(3, { key: 'k', reason: 'why' }))).toMatchObject({
      revision: 1,
      replayed: true,
    });
    const refused = reopened.apply(changeOrders(-4, { key: 'refused' }));
    await expect(refused).rejects.toMatchObject({ code: 'nothing-to-remove', replayed: true });
    expect(await reopened.apply(changeOrders(1))).toMatchObject({ revision: 2, counters: { orders: 4 } });
  });

  it('has all data in one file after it is closed, so that the directory can be copied or moved', async () => {
    const directory = createTempDirectory();
    const store = await openSqliteStore(directory);
    await store.define('main', { counters: { orders: {} } });
    await store.apply(changeOrders(1));
    await store.close();
    expect(getFileSize(`${getDatabasePath(directory)}-wal`)).toBe(0);
    expect(withDatabase(getDatabasePath(directory), (database) => database.pragma('integrity_check'))).toEqual([
      { integrity_check: 'ok' },
    ]);
  });
});

describe('SqliteStore over time', () => {
  it('keeps its write-ahead log bounded under keyed changes, replays and reads', async () => {
    const directory = createTempDirectory();
    const store = await openSqliteStore(directory);
    await store.define('main', { counters: { orders: {} } });
    let largest = 0;
    for (let round = 0; round < 100; round += 1) {
      const keys = Array.from({ length: 200 }, (_, index) => `k${round}-${index % 190}`);
      const changes = keys.map((key) => store.apply(changeOrders(1, { key, reason: 'x'.repeat(200) })));
      await Promise.all([...changes, store.readLedger('main', 0, 1), store.ping(), store.readSnapshot('main')]);
      largest = Math.max(largest, getFileSize(`${getDatabasePath(directory)}-wal`));
    }
    // A checkpoint is due at 1,000 pages of 4 KiB; another group may be written before it is done.
    expect(largest).toBeLessThan(8 * 1_048_576);
    expect(getFileSize(getDatabasePath(directory))).toBeGreaterThan(4 * 1_048_576);
  });

  it('deletes expired keys and ledger entries while changes are applied', async () => {
    const directory = createTempDirectory();
    const store = await openSqliteStore(directory, { keyTtlMs: 1, maxLedgerEntries: 10 });
    await store.define('main', { counters: { orders: {} } });
    await Promise.all(Array.from({ length: 2_500 }, (_, index) => store.apply(changeOrders(1, { key: `k${index}` }))));
    await eventually(async () => {
      await store.apply(changeOrders(1));
      const [keys = 0, entries = 0] = (['keys', 'ledger'] as const).map((table) =>
        countRows(getDatabasePath(directory), table),
      );
      return keys === 0 && entries <= 20;
    });
    const { revision, counters } = await store.readSnapshot('main');
    expect(counters).toEqual({ orders: revision });
    const revisions = (await store.readLedger('main', 0, 1_000)).map((entry) => entry.revision);
    expect(revisions).toEqual(
      Array.from({ length: revisions.length }, (_, index) => revision - revisions.length + 1 + index),
    );
    expect(revisions.length).toBeGreaterThanOrEqual(10);
  });

  it('deletes the points of one second of yesterday and keeps those of one minute and one hour', async () => {
    const directory = createTempDirectory();
    const first = await openSqliteStore(directory);
    await first.define('main', { counters: { orders: {} } });
    await first.apply(changeOrders(2));
    await first.close();
    withDatabase(getDatabasePath(directory), (database) => database.exec('UPDATE points SET at = at - 86400000'));
    const store = await openSqliteStore(directory);
    await eventually(async () => (await readCounterPoints(store, 'orders', 1_000)).length === 0);
    expect(await readCounterPoints(store, 'orders', 60_000)).toHaveLength(1);
    expect(await readCounterPoints(store, 'orders', 3_600_000)).toMatchObject([{ value: 2, added: 2n, removed: 0n }]);
    const { before } = await readSeries(store, 'orders', 1_000, [Date.now() - 60_000, Date.now()]);
    expect(before).toMatchObject({ value: 2 });
  });
});

describe('SqliteStore after a removal', () => {
  const TABLES = ['dashboards', 'counters', 'keys', 'ledger', 'points'] as const;
  const NAMES = Array.from({ length: 700 }, (_, index) => `counter-${index}`);
  const DAY = 86_400_000;

  /** Opens a store with the dashboards `main` and `other`, each with 700 counters, keys and ledger entries. */
  async function openLarge(directory: string): Promise<SqliteStore> {
    const store = await openSqliteStore(directory);
    for (const dashboard of ['main', 'other']) {
      await store.define(dashboard, { counters: Object.fromEntries(NAMES.map((counter) => [counter, {}])) });
      const changes = NAMES.map((counter, index) =>
        store.apply({ dashboard, changes: [{ counter, by: 1 }], key: `k${index}` }),
      );
      await Promise.all(changes);
    }
    return store;
  }

  it('deletes all data of a dashboard, and nothing else, while changes are applied', async () => {
    const directory = createTempDirectory();
    const store = await openLarge(directory);
    const before = await store.readSnapshot('other');
    const countAllRows = (): number[] => TABLES.map((table) => countRows(getDatabasePath(directory), table));
    const initial = countAllRows();
    await store.remove('main');
    // The name is reused at once: the new dashboard must not see data of the old one.
    await store.define('main', { counters: { 'counter-0': {} } });
    await eventually(async () => {
      await store.apply({ dashboard: 'main', changes: [{ counter: 'counter-0', by: 1 }] });
      return countRows(getDatabasePath(directory), 'dashboards') === 2;
    });
    const { revision, counters } = await store.readSnapshot('main');
    expect(countRows(getDatabasePath(directory), 'ledger')).toBe(NAMES.length + revision);
    expect(counters).toEqual({ 'counter-0': revision });
    expect(await store.readSnapshot('other')).toEqual(before);
    expect(await store.readLedger('other', 0, 1_000)).toHaveLength(NAMES.length);
    await store.remove('main');
    await eventually(() => countRows(getDatabasePath(directory), 'dashboards') === 1);
    expect(countAllRows()).toEqual(initial.map((rows) => rows / 2));
  });

  it.each([
    ['a removed dashboard', 0, 500, [1, NAMES.length, NAMES.length, NAMES.length, 4 * NAMES.length]],
    // 500 entries of each ledger. Longer points are kept for longer than those of one second.
    ['expired keys, ledger entries and points', 2 * DAY, 1_000, [2, 2 * NAMES.length, 0, 0, 6 * NAMES.length]],
  ] as const)('deletes %s step by step', async (_, laterMs, maxRows, left) => {
    const directory = createTempDirectory();
    const store = await openLarge(directory);
    if (laterMs === 0) await store.remove('main');
    await store.close();
    const { database, close } = openDatabase(directory, { keyTtlMs: DAY });
    const expiry = new Expiry(database, { keyTtlMs: DAY, ledgerRetentionMs: DAY, maxLedgerEntries: 1_000_000 });
    const countAllRows = (): number[] =>
      TABLES.map((table) => (database.prepare(`SELECT count(*) AS rows FROM ${table}`).get() as { rows: number }).rows);
    let before = countAllRows();
    for (let more = true; more;) {
      more = expiry.runStep(Date.now() + laterMs);
      const after = countAllRows();
      expect(Math.max(...before.map((rows, index) => rows - (after[index] ?? 0)))).toBeLessThanOrEqual(maxRows);
      before = after;
    }
    close();
    expect(before).toEqual(left);
  });

  it('examines 50 ledgers at each step, and goes on at once only while one of them is overdue', async () => {
    const directory = createTempDirectory();
    const store = await openSqliteStore(directory);
    const dashboards = Array.from({ length: 120 }, (_, index) => `d${index}`);
    for (const dashboard of dashboards) await store.define(dashboard, { counters: { orders: {} } });
    const countOrder = { changes: [{ counter: 'orders', by: 1 }] };
    await store.applyAll(dashboards.map((dashboard) => ({ dashboard, ...countOrder })));
    await store.applyAll(Array.from({ length: 600 }, () => ({ dashboard: 'd60', ...countOrder })));
    await store.close();
    const { database, close } = openDatabase(directory, { keyTtlMs: DAY });
    const expiry = new Expiry(database, { keyTtlMs: DAY, ledgerRetentionMs: DAY, maxLedgerEntries: 1_000_000 });
    const countEntries = database.prepare('SELECT count(*) AS entries FROM ledger');
    const steps = Array.from({ length: 5 }, () => [
      expiry.runStep(Date.now() + 2 * DAY),
      (countEntries.get() as { entries: number }).entries,
    ]);
    close();
    expect(steps).toEqual([
      [false, 670],
      [true, 121],
      [false, 0],
      [false, 0],
      [false, 0],
    ]);
  });

  it('deletes a counter with its points, and continues after it was closed meanwhile', async () => {
    const directory = createTempDirectory();
    const first = await openLarge(directory);
    for (const counter of NAMES.slice(1)) await first.remove('main', counter);
    await first.close();
    const store = await openSqliteStore(directory);
    expect((await store.readSnapshot('main')).counters).toEqual({ 'counter-0': 1 });
    await store.define('main', { counters: { 'counter-1': {} } });
    await eventually(() => countRows(getDatabasePath(directory), 'counters') === NAMES.length + 2);
    expect((await store.readSnapshot('main')).counters).toEqual({ 'counter-0': 1, 'counter-1': 0 });
    expect(await readCounterPoints(store, 'counter-0', 60_000)).toMatchObject([{ value: 1, added: 1n }]);
    expect(countRows(getDatabasePath(directory), 'points')).toBe(ROWS.length * (NAMES.length + 2));
  });
});

describe('SqliteStore with more change sets than maxPending', () => {
  it('refuses the surplus with overloaded, and applies the others', async () => {
    const store = await openSqliteStore(createTempDirectory(), {}, { maxPending: 3 });
    await store.define('main', { counters: { orders: {} } });
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => store.apply(changeOrders(1))));
    expect(answers.map(({ status }) => status)).toEqual([...Array(3).fill('fulfilled'), ...Array(2).fill('rejected')]);
    expect(answers[4]).toMatchObject({ reason: { code: 'overloaded' } });
    expect(await store.readSnapshot('main')).toMatchObject({ revision: 3, counters: { orders: 3 } });
    expect(await store.apply(changeOrders(1))).toMatchObject({ revision: 4 });
  });
});
