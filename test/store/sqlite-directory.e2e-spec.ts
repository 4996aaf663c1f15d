/** The built program with a data directory that it cannot use: it prints what to do, and exits with 1. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabaseToFill } from '../../src/store/sqlite/database.js';
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

describe('check, backup and export by a user who may not read the store', () => {
  const program = fileURLToPath(new URL('../../dist/cli/program.js', import.meta.url));
  // As above. The commands are loaded on demand, so they are loaded before.
  const script = `const [program, directory, target] = process.argv.slice(1);
    const commands = ['check', 'backup', 'export'];
    const { runCommandLine } = await import(program);
    await Promise.all(commands.map((name) => import(program.replace('program', name + '.command'))));
    if (process.getuid() === 0) process.setuid(65534);
    for (const name of commands) {
      const file = name === 'check' ? [] : [target + '/' + name];
      if ((await runCommandLine([name, ...file, '--data-dir', directory], {})) !== 1) throw new Error(name);
    }`;

  it.each([
    [
      'the file',
      0o755,
      0o000,
      /tallyboard\.db belongs to user \d+ .* with mode 000, .* may not read it: (run|.*chmod)/g,
    ],
    ['the directory', 0o000, 0o644, /\w+ belongs to user \d+ .* with mode 000, .* may not read it: run/g],
    [
      'a stopped store in a directory that they may not write',
      0o555,
      0o444,
      /with mode 555, .* may not write to it, and SQLite creates \S+tallyboard\.db-shm there/g,
    ],
  ])('(%s) says owner, mode and what to do', async (_, directoryMode, fileMode, message) => {
    const [directory, target] = [await createDatabaseFile(1), createTempDirectory()];
    chmodSync(target, 0o777);
    chmodSync(getDatabasePath(directory), fileMode);
    chmodSync(directory, directoryMode);
    const args = ['--input-type=module', '-e', script, program, directory, target];
    const { stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    chmodSync(directory, 0o755);
    expect([status, stderr.match(message)]).toEqual([0, Array(3).fill(expect.any(String))]);
    expect(readdirSync(target)).toEqual([]);
  });
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
  const directory = createTempDirectory();
  const file = getDatabasePath(directory);
  const database = createDatabaseToFill(file, { keyTtlMs: 0 }, 1);
  database.exec(
    `INSERT INTO dashboards VALUES (1, 'main', NULL, 'e-main', 3, 5); INSERT INTO ledger VALUES (1, 3, 5, '[]', NULL, NULL, NULL)`,
  );
  database.close();
  const service = await startService({ DATA_DIR: directory });
  expect(service.output()).toContain(`${file} is migrated from schema 1 to`);
  expect(service.output()).toContain(`tallyboard restore ${file}.schema-1`);
  expect(await readSnapshot(service)).toMatchObject({ revision: 3 });
  expect(await service.stop()).toBe(0);
  const readVersion = (path: string) => withDatabase(path, (opened) => opened.pragma('user_version'));
  expect([readVersion(`${file}.schema-1`), readVersion(file)]).toEqual([
    [{ user_version: 1 }],
    [{ user_version: expect.any(Number) }],
  ]);
  expect(readdirSync(directory).filter((name) => name.includes('.new'))).toEqual([]);
  const again = await startService({ DATA_DIR: directory });
  expect(again.output()).not.toContain('is migrated');
  expect(existsSync(`${file}.schema-1`)).toBe(true);
});
