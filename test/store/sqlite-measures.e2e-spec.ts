/** Definitions, gauges and days in the database file: migrated, damaged, exported, and after a crash. */
import { copyFileSync } from 'node:fs';
import type { ChangeSet, Dashboard } from '../../src/counters/counters.js';
import { createDatabaseToFill } from '../../src/store/sqlite/database.js';
import { repairDatabase } from '../../src/store/sqlite/repair/repair.js';
import { SqliteExport } from '../../src/store/sqlite/sqlite.export.js';
import { SqliteImport } from '../../src/store/sqlite/sqlite.import.js';
import { BUCKETS, type CounterStore, DAY_ROWS, type Retention, ROWS } from '../../src/store/store.js';
import type { ExportRecord } from '../../src/store/transfer.port.js';
import { START_MS, TestClock } from '../../src/store/contract/fixtures.contract.js';
import { readContent } from '../support/repair-trial.js';
import { getDatabasePath, listFindings, openSqliteStore, withDatabase } from '../support/sqlite-store.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../support/times.js';

const RETENTION: Retention = { keyTtlMs: DAY_MS, ledgerRetentionMs: 30 * DAY_MS, maxLedgerEntries: 1_000_000 };
const EVER = Number.MAX_SAFE_INTEGER;
const TODAY = START_MS - (START_MS % DAY_MS);

/** Creates the database of schema 3 with three days of two counters. Amounts go beyond the precision of a double. */
function createOlderDatabase(): string {
  const directory = createTempDirectory();
  const database = createDatabaseToFill(getDatabasePath(directory), RETENTION, 3);
  database.exec(
    `INSERT INTO dashboards (id, name, title, epoch, revision, at) VALUES
       (1, 'main', 'Shop "1"', 'e-main', 4, ${START_MS}), (2, 'empty', NULL, 'e-empty', 0, 5);
     INSERT INTO counters (id, dashboard, name, title, unit, added, removed) VALUES
       (1, 1, 'orders', 'Orders', 'order', 9007199254741023, 9007199254740997), (2, 1, 'visits', NULL, NULL, 3, 0),
       (3, 2, 'orders', NULL, 'parcel', 0, 0)`,
  );
  const insertPoint = database.prepare('INSERT INTO points VALUES (?, ?, ?, ?, ?, ?)');
  for (const { stepMs } of BUCKETS) {
    for (const [counter, at, value, added, removed] of [
      [1, TODAY - 2 * DAY_MS, '9007199254740991', '9007199254740991', '0'],
      [1, TODAY - 2 * DAY_MS + 23 * HOUR_MS, '0', '0', '9007199254740991'],
      [1, TODAY - 10 * MINUTE_MS - HOUR_MS, '20', '20', '0'],
      [1, START_MS, '26', '12', '6'],
      [2, START_MS, '3', '3', '0'],
    ] as const)
      insertPoint.run(counter, stepMs, at - (at % stepMs), value, added, removed);
  }
  for (const [revision, at] of [TODAY - 2 * DAY_MS, TODAY - DAY_MS, TODAY - HOUR_MS, START_MS].entries())
    database
      .prepare('INSERT INTO ledger (dashboard, revision, at, changes) VALUES (1, ?, ?, ?)')
      .run(revision + 1, at, `[{"counter":"orders","to":${at === START_MS ? 26 : 7}}]`);
  database.close();
  return directory;
}

const DAYS = [
  { added: 9_007_199_254_740_991n, removed: 9_007_199_254_740_991n, value: 0 },
  { added: 20n, removed: 0n, value: 20 },
  { added: 12n, removed: 6n, value: 26 },
];

async function readAll(directory: string, name = 'main'): Promise<ExportRecord[]> {
  const source = new SqliteExport(directory, RETENTION);
  const records: ExportRecord[] = [];
  for await (const batch of (await source.readDashboard(name))?.readRecords() ?? []) records.push(...batch);
  await source.close();
  return records;
}

describe('a database file of schema 3', () => {
  it('gets definitions of its titles and units, and days that add up to the totals', async () => {
    const directory = createOlderDatabase();
    const clock = new TestClock();
    const store = await openSqliteStore(directory, RETENTION, { clock });
    const [main, empty] = await store.readAllDashboards();
    expect(main).toMatchObject({ settings: { title: 'Shop "1"' }, version: 1, revision: 4 });
    expect(main?.day).toEqual({ start: TODAY, end: TODAY + DAY_MS });
    expect([...(main?.counters ?? [])]).toEqual([
      [
        'orders',
        {
          definition: { title: 'Orders', singular: 'order' },
          value: 26,
          added: 9_007_199_254_741_023n,
          removed: 9_007_199_254_740_997n,
        },
      ],
      ['visits', { definition: {}, value: 3, added: 3n, removed: 0n }],
    ]);
    expect([empty?.settings, empty?.day, empty?.counters.get('orders')?.definition]).toEqual([
      {},
      undefined,
      { singular: 'parcel' },
    ]);
    const starts = [TODAY - 2 * DAY_MS, TODAY - DAY_MS, TODAY];
    const ranges = [...starts.map((start) => ({ start, end: start + DAY_MS })), { start: 0, end: EVER }];
    const days = ranges.map((range) => ({ ...range, stepMs: DAY_ROWS.stepMs }));
    const [orders, visits] = (await store.readSums('main', ['orders', 'visits'], days)).values();
    const totals = { added: 9_007_199_254_741_023n, removed: 9_007_199_254_740_997n };
    expect(orders).toEqual({ kind: 'counter', totals, sums: [...DAYS, { ...totals, value: 26 }] });
    expect(visits).toMatchObject({ sums: [{ added: 0n }, { added: 0n }, { added: 3n }, { added: 3n, value: 3 }] });
    expect((await store.readLedger('main', 0, 9))[0]?.changes).toEqual([{ counter: 'orders', to: 7 }]);
    expect(listFindings(getDatabasePath(directory))).toEqual([]);
    clock.nowMs += DAY_MS;
    await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', to: 1 }] });
    expect((await store.readLedger('main', 4, 9))[0]?.changes).toEqual([{ counter: 'orders', to: 1, moved: -25 }]);
    await store.close();
    expect(listFindings(getDatabasePath(directory))).toEqual([]);
  });

  it('can be checked and exported as it is', async () => {
    const directory = createOlderDatabase();
    const file = getDatabasePath(directory);
    expect(listFindings(file)).toEqual([]);
    const runs = (await readAll(directory)).filter(({ points }) => points?.stepMs === DAY_ROWS.stepMs);
    expect(runs).toMatchObject([
      { points: { counter: 'orders', startTotals: { added: 0n, removed: 0n }, buckets: [{}, {}, { at: TODAY }] } },
      { points: { counter: 'visits', buckets: [{ at: TODAY, added: 3n, removed: 0n }] } },
    ]);
    expect(withDatabase(file, (database) => database.pragma('user_version'))).toEqual([{ user_version: 3 }]);
  });

  it('is repaired with the rows that a migration makes of it', async () => {
    const directory = createOlderDatabase();
    const file = `${getDatabasePath(createTempDirectory())}.repaired`;
    const lines: string[] = [];
    const { losses } = repairDatabase(directory, file, RETENTION, (line) => lines.push(line));
    expect([losses, lines]).toEqual([0, []]);
    await (await openSqliteStore(directory, RETENTION, { clock: new TestClock() })).close();
    expect(readContent(file)).toEqual(readContent(getDatabasePath(directory)));
  });

  it('is migrated even if damaged amounts overflow', async () => {
    const directory = createOlderDatabase();
    withDatabase(getDatabasePath(directory), (database) =>
      database.exec(`UPDATE points SET added = ${2n ** 63n - 1n} WHERE at < ${TODAY - DAY_MS}`),
    );
    const store = await openSqliteStore(directory, RETENTION, { clock: new TestClock() });
    expect(await store.readSnapshot('main')).toMatchObject({ counters: { orders: 26 } });
    expect(listFindings(getDatabasePath(directory)).join()).toMatch(/is damaged/);
  });
});

/** Opens a store with a dashboard of all kinds, and applies `groups` groups of changes, a few minutes apart. */
async function openShop(directory: string, clock: TestClock): Promise<CounterStore> {
  const store = await openSqliteStore(directory, RETENTION, { clock });
  await store.define('main', {
    timeZone: 'Asia/Kathmandu',
    dayStartsAt: '05:30',
    measures: { all: { sum: ['orders', '-balance'] } },
    counters: { orders: { scale: 2, currency: 'EUR' }, balance: { min: null }, queue: { kind: 'gauge', min: -5 } },
  });
  return store;
}

function createGroup(round: number): ChangeSet[] {
  return [
    { dashboard: 'main', key: `a${round}`, changes: [{ counter: 'queue', to: (round * 7) % 11 }] },
    { dashboard: 'main', key: `b${round}`, changes: [{ counter: 'balance', to: round % 2 ? -round : round }] },
    {
      dashboard: 'main',
      changes: [
        { counter: 'queue', by: -5 },
        { counter: 'orders', by: 1 + round },
      ],
    },
  ];
}

/** Everything that a store says about `main`, without points of seconds, which expire. */
async function readState(store: CounterStore): Promise<[Dashboard, ...unknown[]]> {
  const counters = ['orders', 'balance', 'queue'];
  return [
    await store.readDashboard('main'),
    await store.readLedger('main', 0, 1_000),
    await store.readPoints('main', counters, MINUTE_MS, 0, EVER),
    await store.readSums(
      'main',
      counters,
      ROWS.slice(1).map(({ stepMs }) => ({ stepMs, start: 0, end: EVER })),
    ),
  ];
}

it('a crash after any group leaves a sound file with the groups before it', async () => {
  const directory = createTempDirectory();
  const clock = new TestClock();
  const store = await openShop(directory, clock);
  for (let round = 0; round < 12; round += 1, clock.nowMs += 5 * HOUR_MS) {
    await store.applyAll(createGroup(round));
    if (round === 6) await store.define('main', { timeZone: 'Europe/Berlin', counters: { queue: { min: -6 } } });
    const expected = await readState(store);
    const crashed = createTempDirectory();
    for (const suffix of ['', '-wal'])
      copyFileSync(getDatabasePath(directory) + suffix, getDatabasePath(crashed) + suffix);
    expect(listFindings(getDatabasePath(crashed))).toEqual([]);
    const reopened = await openSqliteStore(crashed, RETENTION, { clock });
    expect(await readState(reopened)).toEqual(expected);
    expect((await reopened.applyAll(createGroup(round)))[0]).toMatchObject({ replayed: true });
    await reopened.close();
  }
});

it('an export moves settings, versions, days, gauges and undone entries to another file', async () => {
  const [from, to] = [createTempDirectory(), createTempDirectory()];
  const clock = new TestClock();
  clock.nowMs = Date.now() - 40 * HOUR_MS;
  const store = await openShop(from, clock);
  for (let round = 0; round < 250; round += 1, clock.nowMs += 8 * MINUTE_MS) await store.applyAll(createGroup(round));
  const expected = await readState(store);
  await store.close();
  withDatabase(getDatabasePath(from), (database) => database.exec('UPDATE ledger SET undoes = 3 WHERE revision = 7'));
  const source = new SqliteExport(from, RETENTION);
  const exported = await source.readDashboard('main');
  if (!exported) throw new Error('there is no dashboard to export');
  const target = new SqliteImport(to, RETENTION);
  const underway = await target.begin(exported.dashboard);
  const records: ExportRecord[] = [];
  for await (const batch of exported.readRecords()) {
    records.push(...batch);
    await underway.add(batch);
  }
  expect(await underway.complete(exported.dashboard.epoch)).toBe(true);
  await Promise.all([source.close(), target.close()]);
  expect(await readAll(to)).toEqual(records);
  expect(records).toContainEqual({ ledger: expect.objectContaining({ revision: 7, undoes: 3 }) as unknown });
  expect(Math.max(...records.map(({ levels }) => levels?.levels.length ?? 0))).toBe(200);
  expect(listFindings(getDatabasePath(to))).toEqual([]);
  const imported = await openSqliteStore(to, RETENTION, { clock });
  const [dashboard, , points, sums] = await readState(imported);
  expect([dashboard, points, sums]).toEqual([expected[0], expected[2], expected[3]]);
});

describe('a definition that cannot be read', () => {
  it.each([
    ['dashboards', `settings = '{"title":5}'`, 'settings has an unknown shape'],
    ['dashboards', `settings = '{"title":"x"'`, 'settings is not JSON'],
    ['dashboards', `settings = '{"timeZone":"Europe/Berlhn"}'`, 'settings has an unknown shape'],
    ['dashboards', `settings = '{"dayStartsAt":"24:00"}'`, 'settings has an unknown shape'],
    ['dashboards', `settings = '{"measures":{"a":{"ratio":["b"],"sum":[]}}}'`, 'settings has an unknown shape'],
    ['dashboards', 'day_end = NULL', 'day_end is not a number'],
    ['counters', `definition = '{"scale":10}'`, 'definition has an unknown shape'],
    ['counters', `definition = '{"min":0.5}'`, 'definition has an unknown shape'],
    ['counters', `definition = '{"kind":"gauge"}'`, 'value is not a number'],
  ])('(%s: %s) is damage, which names the row', async (table, change, finding) => {
    const directory = createTempDirectory();
    const store = await openShop(directory, new TestClock());
    await store.applyAll(createGroup(1));
    await store.close();
    withDatabase(getDatabasePath(directory), (database) =>
      database.exec(`UPDATE ${table} SET ${change} WHERE id = 1; PRAGMA wal_checkpoint(TRUNCATE)`),
    );
    expect(listFindings(getDatabasePath(directory))).toContain(`row 1 of ${table} is damaged: ${finding}`);
    await expect(openSqliteStore(directory)).rejects.toThrow(`row 1 of ${table} is damaged: ${finding}`);
  });
});
