/** Rows of a database file with one flipped bit: what needs them is refused with their names, all else goes on. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteStore, getDatabasePath, withDatabase, withDatabaseCopy } from '../support/sqlite-store.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { damageText, flipBit } from '../support/damaged-file.js';
import { eventually } from '../support/cleanup.js';
import { runCommand } from '../support/cli-process.js';
import { runService, startService } from '../support/service.js';

/** Creates a closed store in which `main` has 20 keyed changes, each with a reason of its own. */
async function createFile(): Promise<string> {
  const directory = createTempDirectory();
  const store = await openSqliteStore(directory);
  await store.define('main', {
    title: 'Shop title',
    counters: { orders: { title: 'Orders title', singular: 'parcel' } },
  });
  for (let count = 1; count <= 20; count += 1) {
    const reason = `reason-${count}.`;
    await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 1 }], key: `key-${count}.`, reason });
  }
  await store.close();
  return directory;
}

describe('a damaged definition', () => {
  it.each([
    ['Shop title', /row 1 of dashboards is damaged: settings is not UTF-8/],
    ['Orders title', /row 1 of counters is damaged: definition is not UTF-8/],
    ['parcel', /row 1 of counters is damaged: definition is not UTF-8/],
  ])('("%s") refuses the start, names the row, and changes nothing', async (text, finding) => {
    const directory = await createFile();
    const file = getDatabasePath(directory);
    damageText(file, text);
    const before = readFileSync(file);
    const service = runService({ DATA_DIR: directory });
    expect(await service.ended).toBe(1);
    expect(service.output()).toMatch(/is damaged \(.*restore a backup/);
    expect(service.output()).toMatch(finding);
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

describe('a definition that something else in the file contradicts', () => {
  /** Renames a counter in its table, but not in the index by name. */
  const renameInTable = (file: string): void => {
    const select = "SELECT rootpage FROM sqlite_schema WHERE name = 'counters'";
    const page = withDatabaseCopy(
      file,
      (database) => (database.prepare(select).get() as { rootpage: number }).rootpage,
    );
    flipBit(file, readFileSync(file).indexOf('orders', (page - 1) * 4_096), 0);
  };
  const execute = (sql: string) => (file: string) => withDatabase(file, (database) => database.exec(sql));

  it.each([
    ['the index', renameInTable, /missing from index/],
    ['the ledger', execute('UPDATE dashboards SET revision = 19'), /row 1 of dashboards contradicts the ledger/],
    ['its history', execute('UPDATE counters SET added = 21'), /row 1 of counters contradicts its history/],
    ['the rule for names', execute("UPDATE dashboards SET name = '-ain'"), /row 1 of dashboards .*name is invalid/],
    ['the rule for epochs', execute("UPDATE dashboards SET epoch = 'a b'"), /row 1 of dashboards .*epoch is "a b"/],
  ])('(%s) refuses the start', async (_, damage, finding) => {
    const directory = await createFile();
    damage(getDatabasePath(directory));
    await expect(openSqliteStore(directory)).rejects.toThrow(finding);
  });
});

describe('a damaged row of ledger or keys', () => {
  it('gives 503 to the requests that need it, one log line and a metric, and the service goes on', async () => {
    const directory = await createFile();
    const file = getDatabasePath(directory);
    damageText(file, 'reason-12.');
    damageText(file, '{"orders":7}');
    const service = await startService({ DATA_DIR: directory });
    const get = (path: string): Promise<Response> => fetch(`${service.url}${path}`);
    const post = (key: string, reason: string): Promise<Response> =>
      fetch(`${service.url}/dashboards/main/changes`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
        body: JSON.stringify({ changes: [{ counter: 'orders', by: 1 }], reason }),
      });

    for (const path of ['/dashboards/main/changes', '/dashboards/main/changes?after=11&limit=1']) {
      const page = await get(path);
      expect([page.status, await page.json()]).toEqual([
        503,
        expect.objectContaining({
          code: 'data-damaged',
          detail: 'revision 12 in the ledger of dashboard main is damaged: reason is not UTF-8',
        }),
      ]);
    }
    expect((await get('/dashboards/main/changes?after=12')).status).toBe(200);

    const replies = await Promise.all([post('key-6.', 'reason-6.'), post('key-7.', 'reason-7.'), post('new', 'new')]);
    expect(replies.map(({ status }) => status)).toEqual([200, 503, 200]);
    expect(await replies[1]?.json()).toMatchObject({
      detail: 'key "key-7." of dashboard main is damaged: reply is not UTF-8',
    });
    expect(await (await get('/dashboards/main')).json()).toMatchObject({ revision: 21, counters: { orders: 21 } });

    await eventually(() => service.output().includes('reply is not UTF-8'));
    for (const finding of ['reason is not UTF-8', 'reply is not UTF-8'])
      expect(service.output().split(finding)).toHaveLength(2);
    expect(await (await get('/metrics')).text()).toContain('\ntallyboard_store_damage_findings 2\n');
    expect(await (await get('/health/ready?verbose')).json()).toMatchObject({
      details: { store: { integrity: { findings: 2 } } },
    });
    expect(await service.stop()).toBe(0);
  });

  it('ends an export with its name, and is copied by a backup as it is', async () => {
    const directory = await createFile();
    damageText(getDatabasePath(directory), 'reason-12.');
    const target = createTempDirectory();
    const exported = await runCommand(['export', join(target, 'all.ndjson'), '--data-dir', directory]);
    expect([exported.code, exported.stderr]).toEqual([
      1,
      expect.stringContaining('revision 12 in the ledger of dashboard main is damaged: reason is not UTF-8'),
    ]);
    expect(readdirSync(target)).toEqual([]);
    const copied = await runCommand(['backup', join(target, 'copy.db'), '--data-dir', directory]);
    expect([copied.code, copied.stderr]).toEqual([0, '']);
  });
});

describe('a large file', () => {
  it('opens without a check of its ledger, which the service then checks beside its work', async () => {
    const directory = createTempDirectory();
    const store = await openSqliteStore(directory);
    await store.define('main', { counters: { orders: {} } });
    const changes = [{ counter: 'orders', by: 1 }];
    const changeSets = Array.from({ length: 9_500 }, (_, count) => ({
      dashboard: 'main',
      changes,
      reason: `reason-${count}.${'x'.repeat(900)}`,
    }));
    await store.applyAll(changeSets);
    await store.close();
    const file = getDatabasePath(directory);
    expect(statSync(file).size).toBeGreaterThan(8 * 2 ** 20);
    damageText(file, 'reason-4000.');

    const service = await startService({ DATA_DIR: directory });
    const isCheckComplete = async (): Promise<boolean> =>
      (await (await fetch(`${service.url}/health/ready?verbose`)).text()).includes('"check":"complete","findings":1');
    await eventually(isCheckComplete);
    const finding = 'revision 4001 in the ledger of dashboard main is damaged: reason is not UTF-8';
    await eventually(() => service.output().includes(finding));
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(/\ntallyboard_store_damage_findings 1\n(.*\n)*tallyboard_store_check_complete 1\n/);
  });
});
