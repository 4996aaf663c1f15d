/** `tallyboard export` and `tallyboard import` on embedded stores: while in use, interrupted, refused. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome } from '../../src/counters/counters.js';
import { exportStore } from '../../src/cli/export.command.js';
import { importStore } from '../../src/cli/import.command.js';
import { SqliteImport } from '../../src/store/sqlite/sqlite.import.js';
import { openReadOnly } from '../../src/store/sqlite/database.js';
import { COMMAND_FILE, runCommand } from '../support/cli-process.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { readSnapshot, startService } from '../support/service.js';
import { getDatabasePath, createDatabaseFile, openSqliteStore, withDatabase } from '../support/sqlite-store.js';
import { killImport, takeLinesUpTo } from '../support/import-command.js';
import {
  exportToText,
  importText,
  createSqliteEndpoint,
  readExportFixture,
  RETENTION,
} from '../support/sample-export.js';

const order = (url: string, key: string) =>
  fetch(`${url}/order`, { method: 'POST', headers: { 'Idempotency-Key': key, Accept: 'application/json' } });

/** Counts the rows of a table. The file may be in use, or may not exist yet. */
function countRows(directory: string, table: string): number {
  if (!existsSync(getDatabasePath(directory))) return 0;
  const database = openReadOnly(directory);
  try {
    const exists = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table);
    if (!exists) return 0;
    return (database.prepare(`SELECT count(*) AS rows FROM ${table}`).get() as { rows: number }).rows;
  } finally {
    database.close();
  }
}

describe('tallyboard export', () => {
  it('of a store in use contains every acknowledged change, and the imported copy continues to count', async () => {
    const [from, to, file] = [
      createTempDirectory(),
      createTempDirectory(),
      join(createTempDirectory(), 'export.ndjson'),
    ];
    const service = await startService({ DATA_DIR: from });
    const acknowledged = await Promise.all(Array.from({ length: 50 }, (_, index) => order(service.url, `k${index}`)));
    const first = (await acknowledged[0]?.json()) as Outcome;
    const before = await readSnapshot(service);
    const load = { running: true };
    const later = (async () => {
      for (let index = 50; load.running; index += 1) await (await order(service.url, `k${index}`)).arrayBuffer();
    })();
    expect(await runCommand(['export', file, '--data-dir', from])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/^main: \d+ points, \d+ ledger entries, \d+ keys\nexported 1 dashboard from /m),
    });
    load.running = false;
    await later;
    expect(() => new SqliteImport(from, RETENTION)).toThrow('is in use by another Tallyboard process');
    await service.stop();

    expect((await runCommand(['import', file], { DATA_DIR: to })).code).toBe(0);
    const moved = await startService({ DATA_DIR: to });
    const { epoch, revision, counters } = await readSnapshot(moved);
    expect([epoch, revision >= 50]).toEqual([before.epoch, true]);
    expect(counters).toEqual({ orders: revision, customers: 0, products: 0 });
    const again = await order(moved.url, 'k0');
    expect([again.headers.get('idempotent-replayed'), await again.json()]).toEqual([
      'true',
      { ...first, replayed: true },
    ]);
    expect(await (await order(moved.url, 'new')).json()).toMatchObject({ revision: revision + 1 });
  });

  it('is imported from stdin by -, with a byte order mark or without', async () => {
    const from = await createDatabaseFile(3);
    const text = await exportToText(createSqliteEndpoint(from));
    for (const mark of ['', '\uFEFF']) {
      const to = createTempDirectory();
      const child = spawn(process.execPath, [COMMAND_FILE, 'import', '-', '--data-dir', to], {
        stdio: ['pipe', 'ignore', 'inherit'],
        env: {},
      });
      child.stdin.end(mark + text);
      expect(await once(child, 'close')).toEqual([0, null]);
      expect(await exportToText(createSqliteEndpoint(to))).toBe(text);
    }
  });

  it('warns about variables that have no effect, and names their replacement', async () => {
    const directory = await createDatabaseFile(1);
    const { code, stderr } = await runCommand(['export', '--data-dir', directory], { LEDGER_S: '1' });
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^LEDGER_S .*LEDGER_RETENTION_S.*\nmain: \d+ points, 1 ledger entry, 1 key\n/),
    ]);
  });

  it('never overwrites a file, and leaves none if it fails', async () => {
    const [directory, target] = [await createDatabaseFile(3), createTempDirectory()];
    const file = join(target, 'export.ndjson');
    const shop = exportStore(file, { dataDir: directory, dashboard: ['shop'] }, {});
    await expect(shop).rejects.toThrow('there is no dashboard named shop');
    await expect(exportStore(file, { dataDir: target, dashboard: [] }, {})).rejects.toThrow('there is no store in');
    expect(readdirSync(target)).toEqual([]);
    writeFileSync(file, 'dear diary');
    await expect(exportStore(file, { dataDir: directory, dashboard: [] }, {})).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('already exists: choose another file'),
    });
    expect(readFileSync(file, 'utf8')).toBe('dear diary');
    const text = await exportToText(createSqliteEndpoint(directory));
    for (const stdoutArgs of [[], ['-']]) {
      const { code, stdout } = await runCommand(['export', ...stdoutArgs, '--data-dir', directory]);
      expect([code, stdout]).toEqual([0, text]);
    }
    expect(existsSync('-')).toBe(false);
  });

  it('of an unreachable Redis fails with its reason', async () => {
    const options = { dashboard: [], redisUrl: 'redis://127.0.0.1:1' };
    await expect(exportStore(undefined, options, { REDIS_TIMEOUT_MS: '200' })).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/^cannot export .*: Redis cannot be reached/),
    });
  });
});

describe('tallyboard import', () => {
  it('that is killed changes nothing that can be read, and the next import completes it', async () => {
    const from = await createDatabaseFile(1_800);
    const text = await exportToText(createSqliteEndpoint(from));
    const place = createSqliteEndpoint();
    // The file is read only after the import has ended: a reader could keep the import from opening it.
    for (const [kind, count] of [
      ['points', 1],
      ['ledger', 1_500],
      ['key', 1_500],
    ] as const) {
      const rows = (): number => countRows(place.directory, kind === 'key' ? 'keys' : kind);
      // It may be killed before it has written the lines that it has read.
      const wanted = kind === 'points' ? 0 : 1;
      do await killImport(['--data-dir', place.directory], takeLinesUpTo(text, kind, count));
      while (rows() < wanted);
      if (kind === 'points') continue;
      expect(await exportToText(place)).not.toContain('"dashboard"');
    }
    await importText(place, text);
    expect(await exportToText(place)).toBe(text);
    expect(await importText(place, text)).toMatchObject({ main: { kind: 'skipped' } });
  });

  it('that is killed leaves rows that the store removes', async () => {
    const text = await exportToText(createSqliteEndpoint(await createDatabaseFile(1_500)));
    const place = createSqliteEndpoint();
    const rows = (): number => countRows(place.directory, 'ledger');
    do await killImport(['--data-dir', place.directory], takeLinesUpTo(text, 'ledger', 1_500));
    while (rows() === 0);
    const store = await openSqliteStore(place.directory);
    expect(await store.readAllDashboards()).toEqual([]);
    await eventually(() => rows() === 0);
  });

  it('reads an export of version 1, and an export of that is of version 2', async () => {
    const directory = createTempDirectory();
    const file = fileURLToPath(new URL('../fixtures/exports/version-1.ndjson', import.meta.url));
    expect(await runCommand(['import', file, '--data-dir', directory])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('main: 19 points, 7 ledger entries, 3 keys\n'),
    });
    const { code, stdout } = await runCommand(['export', '--data-dir', directory]);
    expect([code, stdout]).toEqual([0, readExportFixture('version-1-as-2')]);
  });

  it('exits with 1 if a dashboard is refused, and says how to replace it', async () => {
    const [file, there] = [join(createTempDirectory(), 'export.ndjson'), await createDatabaseFile(2)];
    writeFileSync(file, await exportToText(createSqliteEndpoint(await createDatabaseFile(3))));
    expect(await runCommand(['import', file, '--data-dir', there])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /main: refused: the store has other data under this name, at revision 2 of another epoch: use --replace to overwrite the dashboard\n.*refused 1\n/,
      ),
    });
    await importText(createSqliteEndpoint(there), readFileSync(file, 'utf8'), { replace: true });
    expect(await exportToText(createSqliteEndpoint(there))).toBe(readFileSync(file, 'utf8'));
  });

  it.each([
    ['two stores', { dataDir: 'x', redisUrl: 'redis://127.0.0.1' }, {}, 2, 'pass only one of them'],
    ['no store', {}, { STORE: 'memory' }, 2, 'STORE=memory persists nothing'],
    ['a wrong URL', { redisUrl: 'http://127.0.0.1' }, {}, 2, 'must be redis://'],
    ['a wrong variable', {}, { LEDGER_RETENTION_S: 'long' }, 2, 'LEDGER_RETENTION_S=long'],
    ['a missing file', { dataDir: createTempDirectory() }, {}, 1, 'ENOENT'],
  ])('with %s fails with the reason', async (_, place, env, exitCode, message) => {
    await expect(importStore('nowhere.ndjson', { dashboard: [], ...place }, env)).rejects.toMatchObject({
      exitCode,
      message: expect.stringContaining(message),
    });
  });
});

it('an export whose reader is slow does not keep the write-ahead log of the store from starting over', async () => {
  const directory = await createDatabaseFile(5_000);
  const child = spawn(COMMAND_FILE, ['export', '--data-dir', directory], { stdio: ['ignore', 'pipe', 'ignore'] });
  afterTest(() => child.kill('SIGKILL'));
  // Its first bytes have arrived. The rest does not fit into the pipe.
  await once(child.stdout, 'readable');
  const checkpoint = withDatabase(getDatabasePath(directory), (database) => {
    database.exec('UPDATE dashboards SET version = 2');
    return database.pragma('wal_checkpoint(TRUNCATE)');
  });
  expect(checkpoint).toEqual([expect.objectContaining({ busy: 0 })]);
  expect(child.exitCode).toBeNull();
  const lines = (await child.stdout.toArray()).join('').trim().split('\n');
  expect(lines.filter((line) => line.includes('"revision"')).length).toBeGreaterThanOrEqual(5_000);
});
