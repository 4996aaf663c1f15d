/** Backups of a store that may be in use: complete, no older than their start, and never written over another file. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { backupDatabase } from '../../src/store/sqlite/backup.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { eventually } from '../support/cleanup.js';
import { readSnapshot, startService } from '../support/service.js';
import { getDatabasePath, createDatabaseFile, withDatabase, openSqliteStore } from '../support/sqlite-store.js';

const MODULE = fileURLToPath(new URL('../../dist/store/sqlite/backup.js', import.meta.url));
const CLIENTS = 16;

/** Runs the backup in another process, as the command line does. */
async function backupElsewhere(directory: string, file: string): Promise<void> {
  const script = 'import(process.argv[1]).then((module) => module.backupDatabase(process.argv[2], process.argv[3]))';
  await promisify(execFile)(process.execPath, ['-e', script, MODULE, directory, file]);
}

/** Moves a copy into an empty directory and opens it as a store. */
async function openCopy(copy: string): ReturnType<typeof openSqliteStore> {
  const directory = createTempDirectory();
  renameSync(copy, getDatabasePath(directory));
  return openSqliteStore(directory);
}

describe('a backup of a service under load', () => {
  it('opens as a store, matches its own ledger, and has every change acknowledged before it began', async () => {
    const env = { DATA_DIR: createTempDirectory() };
    const service = await startService(env);
    const { epoch } = await readSnapshot(service);
    const load = { running: true };
    let [acknowledged, sent] = [0, 0];
    const sendChanges = async (): Promise<void> => {
      while (load.running) {
        sent += 1;
        const response = await fetch(`${service.url}/order`, { method: 'POST' });
        expect(response.status).toBe(200);
        await response.arrayBuffer();
        acknowledged += 1;
      }
    };
    const clients = Array.from({ length: CLIENTS }, sendChanges);
    const bounds: (readonly [min: number, max: number])[] = [];
    const copies = [1, 2, 3].map((number) => join(env.DATA_DIR, `backup-${number}.db`));
    for (const copy of copies) {
      const before = acknowledged;
      await eventually(() => acknowledged > before + 100);
      const min = acknowledged;
      await backupElsewhere(env.DATA_DIR, copy);
      bounds.push([min, sent]);
    }
    load.running = false;
    await Promise.all(clients);
    expect(await service.stop()).toBe(0);

    for (const [index, copy] of copies.entries()) {
      const store = await openCopy(copy);
      const { revision, counters, ...snapshot } = await store.readSnapshot('main');
      const [min, max] = bounds[index] ?? [0, 0];
      expect([snapshot.epoch === epoch, revision >= min, revision <= max]).toEqual([false, true, true]);
      const entries = [...(await store.readLedger('main', 0, revision + 1))];
      for (let page = entries; page.length > 0; entries.push(...page)) {
        page = [...(await store.readLedger('main', entries.at(-1)?.revision ?? 0, revision + 1))];
      }
      expect(entries.map((entry) => entry.revision)).toEqual(Array.from({ length: revision }, (_, at) => at + 1));
      expect(counters).toEqual({ orders: entries.length, customers: 0, products: 0 });
      expect(await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] })).toMatchObject({
        revision: revision + 1,
      });
    }
    expect(readdirSync(env.DATA_DIR).filter((name) => name.includes('.part'))).toEqual([]);
  });
});

describe('a backup', () => {
  it('of a closed store works too', async () => {
    const directory = await createDatabaseFile(20);
    const copy = join(createTempDirectory(), "it's a copy.db");
    backupDatabase(directory, copy);
    expect(await (await openCopy(copy)).readSnapshot('main')).toMatchObject({ revision: 20, counters: { orders: 20 } });
  });

  it('never replaces an existing file', async () => {
    const directory = await createDatabaseFile(1);
    const copy = join(createTempDirectory(), 'copy.db');
    writeFileSync(copy, 'dear diary');
    expect(() => backupDatabase(directory, copy)).toThrow(/copy\.db already exists: choose another file, or move/);
    expect(() => backupDatabase(directory, getDatabasePath(directory))).toThrow(/already exists/);
    expect(readFileSync(copy, 'utf8')).toBe('dear diary');
  });

  it('fails without a store and for a foreign or damaged file, and leaves no file', async () => {
    const target = createTempDirectory();
    const copy = join(target, 'copy.db');
    expect(() => backupDatabase(target, copy)).toThrow(/there is no store in .*: set DATA_DIR/);

    const foreign = createTempDirectory();
    writeFileSync(getDatabasePath(foreign), 'dear diary\n'.repeat(1_000));
    expect(() => backupDatabase(foreign, copy)).toThrow(/cannot copy .*not a database/);

    const other = createTempDirectory();
    withDatabase(getDatabasePath(other), (database) => database.exec('CREATE TABLE theirs (x)'));
    expect(() => backupDatabase(other, copy)).toThrow(/tallyboard\.db is not a Tallyboard database/);

    const damaged = await createDatabaseFile(2_000);
    const bytes = readFileSync(getDatabasePath(damaged));
    const page = bytes.readUInt16BE(16);
    writeFileSync(getDatabasePath(damaged), bytes.fill(0xa5, page * 5, page * 40));
    expect(() => backupDatabase(damaged, copy)).toThrow(/cannot copy .*malformed/);
    expect(readdirSync(target)).toEqual([]);
  });

  it('fails where nothing can be written, and leaves no file', async () => {
    const directory = await createDatabaseFile(1);
    const target = createTempDirectory();
    const nowhere = join(target, 'nowhere', 'copy.db');
    expect(() => backupDatabase(directory, nowhere)).toThrow(/directory .*nowhere does not exist: create it first/);
    writeFileSync(join(target, 'file'), '');
    expect(() => backupDatabase(directory, join(target, 'file', 'copy.db'))).toThrow(/cannot copy/);
    expect(readdirSync(target)).toEqual(['file']);
  });
});
