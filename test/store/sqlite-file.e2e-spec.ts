/** The database file that must not be opened: held, damaged, gone, newer or foreign. It is told so, and nothing is touched. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { StoreOpenError } from '../../src/store/store-open.error.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { getDatabasePath, createDatabaseFile, withDatabase, openSqliteStore } from '../support/sqlite-store.js';

/** The message that opening is refused with. */
async function readOpenError(directory: string): Promise<string> {
  const error: unknown = await openSqliteStore(directory).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StoreOpenError);
  return error instanceof Error ? error.message : '';
}

/** Every file of a directory that holds anything, as size and hash: not the lock, an empty log, or the index of the log. */
function hashFiles(directory: string): unknown {
  const isEmptyLog = (name: string): boolean => name.endsWith('-wal') && statSync(join(directory, name)).size === 0;
  const names = readdirSync(directory).filter((name) => !/\.lock|-shm$/.test(name) && !isEmptyLog(name));
  const digests = names.map((name) => {
    const bytes = readFileSync(join(directory, name));
    return [name, `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`];
  });
  return Object.fromEntries(digests);
}

async function expectRefusedUnchanged(directory: string, patterns: readonly RegExp[]): Promise<void> {
  const before = hashFiles(directory);
  for (const attempt of [1, 2]) {
    const message = await readOpenError(directory);
    for (const pattern of patterns) expect([attempt, message]).toEqual([attempt, expect.stringMatching(pattern)]);
    expect(hashFiles(directory)).toEqual(before);
  }
}

const DAMAGED = [/is damaged/, /left as it is/, /Put a backup in its place/];

describe('a data directory that another store holds', () => {
  it('is refused with what to do, and the holder does not notice', async () => {
    const directory = createTempDirectory();
    const holder = await openSqliteStore(directory);
    await holder.define('main', { counters: { orders: {} } });
    const message = await readOpenError(directory);
    expect(message).toContain(`${directory} is in use by another Tallyboard process`);
    expect(message).toContain('stop that one first, or set DATA_DIR');
    const change = { dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] };
    expect(await holder.apply(change)).toMatchObject({ revision: 1 });
    await holder.close();
    expect(await (await openSqliteStore(directory)).readSnapshot('main')).toMatchObject({ revision: 1 });
  });
});

describe('a damaged file', () => {
  it('with pages overwritten is refused', async () => {
    const directory = await createDatabaseFile(2_000);
    const bytes = readFileSync(getDatabasePath(directory));
    const page = bytes.readUInt16BE(16);
    bytes.fill(0xa5, page, page * 20);
    writeFileSync(getDatabasePath(directory), bytes);
    await expectRefusedUnchanged(directory, DAMAGED);
  });

  it.each([5, 20, 40])('with only page %d overwritten is refused', async (number) => {
    const directory = await createDatabaseFile(2_000);
    const bytes = readFileSync(getDatabasePath(directory));
    const page = bytes.readUInt16BE(16);
    bytes.fill(0xff, page * (number - 1), page * number);
    writeFileSync(getDatabasePath(directory), bytes);
    await expectRefusedUnchanged(directory, DAMAGED);
  });

  it('with a log beside it, as a crash leaves it, is refused and the log is kept', async () => {
    const origin = await createDatabaseFile(2_000);
    const store = await openSqliteStore(origin);
    await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] });
    const directory = createTempDirectory();
    copyFileSync(`${getDatabasePath(origin)}-wal`, `${getDatabasePath(directory)}-wal`);
    const bytes = readFileSync(getDatabasePath(origin));
    const page = bytes.readUInt16BE(16);
    writeFileSync(getDatabasePath(directory), bytes.fill(0xa5, page * 20, page * 40));
    expect(statSync(`${getDatabasePath(directory)}-wal`).size).toBeGreaterThan(0);
    await expectRefusedUnchanged(directory, DAMAGED);
  });

  it('with its header overwritten is refused', async () => {
    const directory = await createDatabaseFile(10);
    const bytes = readFileSync(getDatabasePath(directory));
    writeFileSync(getDatabasePath(directory), bytes.fill(0, 0, 100));
    await expectRefusedUnchanged(directory, DAMAGED);
  });

  it('cut in half is refused', async () => {
    const directory = await createDatabaseFile(2_000);
    truncateSync(getDatabasePath(directory), Math.floor(statSync(getDatabasePath(directory)).size / 2));
    await expectRefusedUnchanged(directory, DAMAGED);
  });

  it('cut to nothing is refused, and never taken for a beginning', async () => {
    const directory = await createDatabaseFile(10);
    truncateSync(getDatabasePath(directory), 0);
    await expectRefusedUnchanged(directory, [...DAMAGED, /it is empty/]);
  });
});

describe('a file that is gone while its log is left', () => {
  it('is refused, and no new one is made in its place', async () => {
    const origin = createTempDirectory();
    const store = await openSqliteStore(origin);
    await store.define('main', { counters: { orders: {} } });
    const directory = createTempDirectory();
    copyFileSync(`${getDatabasePath(origin)}-wal`, `${getDatabasePath(directory)}-wal`);
    await expectRefusedUnchanged(directory, [/is gone but its log .*-wal is still there/, /from a backup/]);
    expect(existsSync(getDatabasePath(directory))).toBe(false);
  });
});

describe('a file that is whole but not for this program', () => {
  it('of a newer schema is refused', async () => {
    const directory = await createDatabaseFile(1);
    withDatabase(getDatabasePath(directory), (database) => database.exec('PRAGMA user_version=99'));
    await expectRefusedUnchanged(directory, [
      /written by a newer Tallyboard \(schema 99/,
      /run that version or a later one/,
    ]);
  });

  it('of another program is refused', async () => {
    const directory = createTempDirectory();
    withDatabase(getDatabasePath(directory), (database) =>
      database.exec('CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)'),
    );
    await expectRefusedUnchanged(directory, [/is not a Tallyboard database/, /set DATA_DIR to another directory/]);
  });

  it('of no database at all is refused', async () => {
    const directory = createTempDirectory();
    writeFileSync(getDatabasePath(directory), 'dear diary\n'.repeat(1_000));
    await expectRefusedUnchanged(directory, DAMAGED);
  });
});

describe('what an interrupted start leaves', () => {
  it('is cleared away, and the start goes on', async () => {
    const directory = await createDatabaseFile(3);
    renameSync(getDatabasePath(directory), `${getDatabasePath(directory)}.new`);
    writeFileSync(`${getDatabasePath(directory)}.new-journal`, 'torn');
    expect(await (await openSqliteStore(directory)).readAllDashboards()).toEqual([]);
    expect(readdirSync(directory).filter((name) => name.includes('.new'))).toEqual([]);
  });
});
