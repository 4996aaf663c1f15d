/**
 * A backup that is restored, by command or by hand: the store is the backup's, and no client takes it for the old one.
 */
import { copyFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backupDatabase } from '../../src/store/sqlite/backup.js';
import { createCaller } from '../support/api-client.js';
import { runCommand } from '../support/cli-process.js';
import { recordWatch } from '../support/client-watch.js';
import { readSnapshot, runService, type Service, startService } from '../support/service.js';
import { createDatabaseFile, withDatabase } from '../support/sqlite-store.js';
import { createTempDirectory } from '../support/temp-directory.js';

async function order(service: Service, count: number): Promise<void> {
  const call = createCaller(service.url);
  for (let sent = 0; sent < count; sent += 1) expect((await call('POST /order')).status).toBe(200);
}

/** Starts a service, takes a backup at 3 orders and kills the service at 10, so that a write-ahead log is left. */
async function crashAfterBackup() {
  const DATA_DIR = createTempDirectory();
  const backup = join(createTempDirectory(), 'backup.db');
  const service = await startService({ DATA_DIR });
  await order(service, 3);
  backupDatabase(DATA_DIR, backup);
  await order(service, 7);
  const before = await readSnapshot(service);
  const file = join(DATA_DIR, 'tallyboard.db');
  return { DATA_DIR, backup, service, before, file };
}

const restore = (backup: string, directory: string) => runCommand(['restore', backup, '--data-dir', directory]);

describe('a service that crashed after a backup', () => {
  it.each([
    ['the command', async (backup: string, file: string) => void (await restore(backup, join(file, '..')))],
    [
      'a copy by hand without the old log',
      async (backup: string, file: string) => {
        for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`);
        copyFileSync(backup, file);
      },
    ],
  ])('restored by %s has the numbers of the backup in a new epoch, once', async (_, restoreBy) => {
    const { DATA_DIR, backup, service, before, file } = await crashAfterBackup();
    const etag = (await fetch(`${service.url}/dashboard`)).headers.get('etag') ?? '';
    const watched = recordWatch(service.url);
    await watched.waitForValues({ orders: 10 });
    await service.kill();
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    await restoreBy(backup, file);

    const restored = await startService({ DATA_DIR, PORT: String(service.port) });
    const snapshot = await readSnapshot(restored);
    expect(snapshot).toMatchObject({ revision: 3, counters: { orders: 3 } });
    expect(snapshot.epoch).not.toBe(before.epoch);
    await watched.waitForValues({ orders: 3 });
    // The revision of the old epoch is reached again, and is another state.
    await order(restored, 7);
    expect((await fetch(`${restored.url}/dashboard`, { headers: { 'If-None-Match': etag } })).status).toBe(200);
    expect(await restored.stop()).toBe(0);
    const again = await startService({ DATA_DIR });
    expect(await readSnapshot(again)).toMatchObject({ epoch: snapshot.epoch, revision: 10 });
    // The backup itself is unchanged, and can be restored again.
    expect(withDatabase(backup, (database) => database.prepare('SELECT epoch FROM dashboards').get())).toMatchObject({
      epoch: before.epoch,
    });
  });

  it('with the backup copied over the file beside the old log does not start, names all files, and can be restored', async () => {
    const { DATA_DIR, backup, service, file } = await crashAfterBackup();
    await service.kill();
    copyFileSync(backup, file);
    const log = statSync(`${file}-wal`).size;
    for (const attempt of [1, 2]) {
      const { ended, output } = runService({ DATA_DIR });
      expect([attempt, await ended]).toEqual([attempt, 1]);
      for (const text of [`${file} is a backup`, `${file}-wal`, `${file}-shm`, 'tallyboard restore BACKUP --data-dir'])
        expect(output()).toContain(text);
      expect(statSync(`${file}-wal`).size).toBe(log);
    }
    expect(await restore(backup, DATA_DIR)).toMatchObject({ code: 0, stderr: '' });
    const restored = await startService({ DATA_DIR });
    expect(await readSnapshot(restored)).toMatchObject({ revision: 3, counters: { orders: 3 } });
  });

  it('restored by mistake gets its numbers back from the files that the command has kept', async () => {
    const { DATA_DIR, backup, service, file } = await crashAfterBackup();
    await service.kill();
    expect((await restore(backup, DATA_DIR)).stdout).toContain(`is kept as ${file}.replaced-`);
    const kept = readdirSync(DATA_DIR).find((name) => /\.replaced-\d+$/.test(name)) ?? '';
    expect(await restore(join(DATA_DIR, kept), DATA_DIR)).toMatchObject({ code: 0 });
    expect(await readSnapshot(await startService({ DATA_DIR }))).toMatchObject({ revision: 10 });
  });
});

it('a start that was interrupted while it took over a backup does so at the next start', async () => {
  const [origin, DATA_DIR] = [await createDatabaseFile(500), createTempDirectory()];
  const [backup, file] = [join(DATA_DIR, 'backup.db'), join(DATA_DIR, 'tallyboard.db')];
  backupDatabase(origin, backup);
  const epoch = withDatabase(backup, (database) => {
    const row = database.prepare('SELECT epoch FROM dashboards').get() as { epoch: string };
    // Unsynced, the journal is complete before the commit. The file after it, beside this journal, is the state of a
    // crash in which the commit had written everything and had not ended.
    database.exec("PRAGMA synchronous=OFF; BEGIN; UPDATE dashboards SET epoch = 'torn'; DROP TABLE backup_mark");
    copyFileSync(`${backup}-journal`, `${file}-journal`);
    database.exec('COMMIT');
    copyFileSync(backup, file);
    return row.epoch;
  });
  const snapshot = await readSnapshot(await startService({ DATA_DIR }));
  expect(snapshot).toMatchObject({ revision: 500, counters: { orders: 500 } });
  expect(snapshot.epoch).not.toBe(epoch);
});

describe('tallyboard restore', () => {
  it('creates the directory, also for a backup without a mark', async () => {
    const origin = await createDatabaseFile(5);
    const DATA_DIR = join(createTempDirectory(), 'new');
    const readEpoch = (file: string) =>
      withDatabase(file, (database) => database.prepare('SELECT epoch FROM dashboards').get() as { epoch: string })
        .epoch;
    expect(await restore(join(origin, 'tallyboard.db'), DATA_DIR)).toMatchObject({ code: 0 });
    expect(readEpoch(join(DATA_DIR, 'tallyboard.db'))).not.toBe(readEpoch(join(origin, 'tallyboard.db')));
    expect(readdirSync(DATA_DIR).toSorted()).toEqual(['tallyboard.db', 'tallyboard.lock']);
  });

  it('refuses a store in use, a missing, damaged or foreign backup, and the store itself, and changes nothing', async () => {
    const directory = await createDatabaseFile(2);
    const file = join(directory, 'tallyboard.db');
    const [damaged, foreign] = [join(directory, 'damaged.db'), join(directory, 'foreign.db')];
    writeFileSync(damaged, 'dear diary\n'.repeat(1_000));
    withDatabase(foreign, (database) => database.exec('CREATE TABLE theirs (x)'));
    const { size, ino } = statSync(file);
    for (const [source, message] of [
      [join(directory, 'missing.db'), /there is no file .*missing\.db/],
      [damaged, /damaged\.db is damaged .*: restore another backup/],
      [foreign, /foreign\.db is not a Tallyboard database/],
      [file, /is the database of the store itself/],
    ] as const) {
      expect(await restore(source, directory)).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(message) });
    }
    expect([statSync(file).size, statSync(file).ino]).toEqual([size, ino]);

    const service = await startService({ DATA_DIR: directory });
    const backup = join(createTempDirectory(), 'copy.db');
    backupDatabase(directory, backup);
    expect((await restore(backup, directory)).stderr).toMatch(
      /in use by another Tallyboard process: stop that process/,
    );
    expect(await readSnapshot(service)).toMatchObject({ revision: 2 });
    expect(readdirSync(directory).filter((name) => /restoring|replaced/.test(name))).toEqual([]);
  });
});
