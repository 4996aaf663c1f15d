/** The built program with a data directory that it cannot use: it prints what to do, and exits with 1. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTempDirectory } from '../support/temp-directory.js';
import { readSnapshot, runService, startService } from '../support/service.js';
import {
  createDatabaseFile,
  getDatabasePath,
  lockDatabase,
  openSqliteStore,
  withDatabase,
} from '../support/sqlite-store.js';

it('a data directory that cannot be created: the start fails with exit code 1 and says what to do', async () => {
  const file = join(createTempDirectory(), 'file');
  writeFileSync(file, '');
  const { ended, output } = runService({ DATA_DIR: join(file, 'data') });
  expect(await ended).toBe(1);
  expect(output()).toContain('set DATA_DIR to a writable directory');
  expect(output()).not.toMatch(/^\s+at /m);
});

it('a data directory in use: the start fails with exit code 1, and the other process continues', async () => {
  const env = { DATA_DIR: createTempDirectory() };
  const first = await startService(env);
  const { ended, output } = runService(env);
  expect(await ended).toBe(1);
  expect(output()).toContain('is in use by another Tallyboard process: stop that process');
  expect(output()).not.toMatch(/^\s+at /m);
  expect((await fetch(`${first.url}/order`, { method: 'POST' })).status).toBe(200);
  expect(await first.stop()).toBe(0);
});

it('a data directory that this user may not write is refused with its owner, its mode and what to do', async () => {
  const directory = createTempDirectory();
  chmodSync(directory, 0o500);
  const module = fileURLToPath(new URL('../../dist/store/sqlite/database.js', import.meta.url));
  // The superuser may write everywhere: the script becomes another user once it is loaded.
  const script = `import(process.argv[1]).then(({ openDatabase }) => {
    if (process.getuid() === 0) process.setuid(65534);
    openDatabase(process.argv[2], { keyTtlMs: 1 });
  })`;
  const { stderr } = spawnSync(process.execPath, ['-e', script, module, directory], { encoding: 'utf8' });
  expect(stderr).toMatch(/belongs to user \d+ and group \d+ with mode 500, and this process, which runs as user \d+/);
  expect(stderr).toMatch(/run `ch(own -R 65534|mod -R u\+rwX) /);
});

it('a file system on which nothing can be locked is named as the cause, not another process', async () => {
  const directory = createTempDirectory();
  const lock = join(directory, 'tallyboard.lock');
  for (const file of [lock, `${lock}-probe-${process.pid}`])
    withDatabase(file, (database) => database.exec('CREATE TABLE locked (x)'));
  const releases = [lock, `${lock}-probe-${process.pid}`].map(lockDatabase);
  await expect(openSqliteStore(directory)).rejects.toThrow(/file system .* does not support locks.*local disk/);
  for (const release of releases) release();
  expect(await (await openSqliteStore(directory)).readAllDashboards()).toEqual([]);
});

it('a file of an earlier schema is migrated with a line in the log, and kept as it was to go back', async () => {
  const directory = await createDatabaseFile(3);
  const file = getDatabasePath(directory);
  withDatabase(file, (database) =>
    database.exec('DROP INDEX gone_dashboards; DROP INDEX gone_counters; PRAGMA user_version=1'),
  );
  const service = await startService({ DATA_DIR: directory });
  expect(service.output()).toContain(`${file} is migrated from schema 1 to`);
  expect(service.output()).toContain(`tallyboard restore ${file}.schema-1`);
  expect(await readSnapshot(service)).toMatchObject({ revision: 3 });
  expect(await service.stop()).toBe(0);
  const readVersion = (path: string) => withDatabase(path, (database) => database.pragma('user_version'));
  expect([readVersion(`${file}.schema-1`), readVersion(file)]).toEqual([
    [{ user_version: 1 }],
    [{ user_version: expect.any(Number) }],
  ]);
  expect(readdirSync(directory).filter((name) => name.includes('.new'))).toEqual([]);
  const again = await startService({ DATA_DIR: directory });
  expect(again.output()).not.toContain('is migrated');
  expect(existsSync(`${file}.schema-1`)).toBe(true);
});
