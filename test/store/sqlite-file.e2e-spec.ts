/**
 * Database files that must not be opened: in use, damaged, missing, newer or foreign. The error says so, and no file
 * changes.
 */
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
import { setTimeout } from 'node:timers/promises';
import Database from 'libsql';
import { StoreOpenError } from '../../src/store/store-open.error.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { getDatabasePath, createDatabaseFile, withDatabase, openSqliteStore } from '../support/sqlite-store.js';

/** Opens a store that must fail with a StoreOpenError, and returns its message. */
async function readOpenError(directory: string): Promise<string> {
  const error: unknown = await openSqliteStore(directory).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StoreOpenError);
  return error instanceof Error ? error.message : '';
}

/** Size and hash of each file, without the lock, an empty write-ahead log and its index. */
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

const DAMAGED = [/is damaged/, /was not changed/, /restore a backup/];

describe('a database file that another program holds for a moment', () => {
  it('is opened as soon as that program releases it', async () => {
    const directory = await createDatabaseFile(3);
    const holder = new Database(getDatabasePath(directory));
    holder.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN IMMEDIATE; COMMIT');
    const opened = openSqliteStore(directory);
    await setTimeout(300);
    holder.close();
    expect((await (await opened).readDashboard('main')).revision).toBe(3);
  });
});

describe('a data directory in use by another store', () => {
  it('is refused with a message that says what to do, and the other store continues', async () => {
    const directory = createTempDirectory();
    const holder = await openSqliteStore(directory);
    await holder.define('main', { counters: { orders: {} } });
    const message = await readOpenError(directory);
    expect(message).toContain(`${directory} is in use by another Tallyboard process`);
    expect(message).toContain('stop that process, or set DATA_DIR');
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

  it('with a write-ahead log, as after a crash, is refused, and the log is kept', async () => {
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

  it('truncated to half its size is refused', async () => {
    const directory = await createDatabaseFile(2_000);
    truncateSync(getDatabasePath(directory), Math.floor(statSync(getDatabasePath(directory)).size / 2));
    await expectRefusedUnchanged(directory, DAMAGED);
  });

  it('truncated to nothing is refused, and not used as a new file', async () => {
    const directory = await createDatabaseFile(10);
    truncateSync(getDatabasePath(directory), 0);
    await expectRefusedUnchanged(directory, [...DAMAGED, /it is empty/]);
  });
});

describe('a missing file with a write-ahead log', () => {
  it('is refused, and no new file is created', async () => {
    const origin = createTempDirectory();
    const store = await openSqliteStore(origin);
    await store.define('main', { counters: { orders: {} } });
    const directory = createTempDirectory();
    copyFileSync(`${getDatabasePath(origin)}-wal`, `${getDatabasePath(directory)}-wal`);
    await expectRefusedUnchanged(directory, [/is missing but its write-ahead log .*-wal exists/, /restore a backup/]);
    expect(existsSync(getDatabasePath(directory))).toBe(false);
  });
});

describe('an intact file that this program cannot use', () => {
  it('with a newer schema is refused', async () => {
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

  it('that is no database is refused', async () => {
    const directory = createTempDirectory();
    writeFileSync(getDatabasePath(directory), 'dear diary\n'.repeat(1_000));
    await expectRefusedUnchanged(directory, DAMAGED);
  });
});

describe('the leftovers of an interrupted start', () => {
  it('are deleted by the next start, which succeeds', async () => {
    const directory = await createDatabaseFile(3);
    renameSync(getDatabasePath(directory), `${getDatabasePath(directory)}.new`);
    writeFileSync(`${getDatabasePath(directory)}.new-journal`, 'torn');
    expect(await (await openSqliteStore(directory)).readAllDashboards()).toEqual([]);
    expect(readdirSync(directory).filter((name) => name.includes('.new'))).toEqual([]);
  });
});
