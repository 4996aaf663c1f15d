/**
 * `tallyboard repair` on damaged files: it rebuilds what the file says twice, names what is lost, and never ends
 * without a result. `TRIALS=400 npm run jest -- ...` tries more places than the suite does.
 */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WAL_HEADER_BYTES } from '../../src/store/sqlite/wal-format.js';
import { runCommand } from '../support/cli-process.js';
import { overwriteBytes } from '../support/damaged-file.js';
import {
  copyStore,
  findFirstLeaf,
  findRoot,
  flipUsedBit,
  overwritePage,
  readContent,
  type RepairTrial,
  type StoreContent,
  tryRepair,
} from '../support/repair-trial.js';
import { readSnapshot, startService } from '../support/service.js';
import { getDatabasePath, listFindings, openSqliteStore, withDatabase } from '../support/sqlite-store.js';
import { createTempDirectory } from '../support/temp-directory.js';

const TRIALS = Number(process.env['TRIALS'] ?? 16);
const SEED = Number(process.env['SEED'] ?? 1);

interface Stores {
  /** Directory of a closed store, and of a copy of it before it was closed, with its write-ahead log. */
  readonly closed: string;
  readonly crashed: string;
  readonly intact: StoreContent;
}

/** Creates two dashboards with 300 changes, most of them keyed. */
async function createStores(): Promise<Stores> {
  const [closed, crashed] = [createTempDirectory(), createTempDirectory()];
  const store = await openSqliteStore(closed);
  for (const dashboard of ['main', 'shop'])
    await store.define(dashboard, {
      title: 'A title',
      counters: { orders: { singular: 'order' }, customers: {}, queue: { kind: 'gauge', min: null } },
    });
  for (let count = 0; count < 300; count += 1) {
    const counter = count % 3 ? 'orders' : 'customers';
    const changes = [{ counter, by: count % 7 === 6 ? -1 : 1 + (count % 5) }];
    const key = count % 4 ? { key: `key-${count}.` } : {};
    const more = count % 5 ? [] : [{ counter: 'queue', to: (count % 40) - 10 }];
    await store.apply({
      dashboard: count % 2 ? 'main' : 'shop',
      changes: [...changes, ...more],
      ...key,
      reason: `reason-${count}.`,
    });
  }
  for (const suffix of ['', '-wal']) copyFileSync(getDatabasePath(closed) + suffix, getDatabasePath(crashed) + suffix);
  await store.close();
  return { closed, crashed, intact: readContent(getDatabasePath(closed)) };
}

let stores: Stores;
beforeAll(async () => void (stores = await createStores()));

const repair = (damage: (file: string) => void, origin = stores.closed): Promise<RepairTrial> =>
  tryRepair(origin, stores.intact, damage);
const execute = (sql: string) => (file: string) => withDatabase(file, (database) => database.exec(sql));
const overwrite = (table: string) => (file: string) => overwritePage(file, findRoot(file, table));

/** Lists what `tallyboard check` finds in the file, without what the command has left as it was, and said so. */
function listUnknownFindings({ file, lines }: RepairTrial): string[] {
  return listFindings(file).filter((finding) => !lines.includes(`lost: ${finding}; this was left as it is`));
}

/** The command wrote a file in which the check finds nothing new, and named what is not as it was. */
async function expectSound(trial: RepairTrial): Promise<void> {
  const { code, lines, differences, stderr } = trial;
  expect([code, stderr]).toEqual(
    lines.some((line) => line.startsWith('lost: '))
      ? [4, expect.stringMatching(/^something is lost: read the \d+ lines? with "lost"\n$/)]
      : [0, ''],
  );
  expect(listUnknownFindings(trial)).toEqual([]);
  if (lines.length === 0) expect(differences).toEqual([]);
}

describe('an undamaged store', () => {
  it.each(['closed', 'crashed'] as const)('(%s) is copied row by row, with new epochs', async (kind) => {
    const trial = await repair(() => undefined, stores[kind]);
    expect([trial.code, trial.lines, trial.differences]).toEqual([0, [], []]);
    const epochs = [getDatabasePath(stores.closed), trial.file].flatMap((file) =>
      withDatabase(file, (database) => database.prepare('SELECT epoch FROM dashboards').all()),
    );
    expect(new Set(epochs.map((row) => (row as { epoch: string }).epoch)).size).toBe(4);
  });
});

describe('what the file says twice is rebuilt', () => {
  it.each([
    [
      'a total',
      execute('UPDATE counters SET added = added + 1024 WHERE id = 1'),
      /counter orders of dashboard main is \d+ \(/,
    ],
    [
      'a value of the history',
      execute('UPDATE points SET value = value + 8 WHERE counter = 2 AND step = 3600000'),
      /point \d+ of step 3600000/,
    ],
    [
      'a revision',
      execute('UPDATE dashboards SET revision = 3 WHERE id = 1'),
      /revision of dashboard main is 150: its row has 3/,
    ],
    [
      'an entry whose revision has changed',
      (file: string) => execute('UPDATE ledger SET revision = 4096 WHERE dashboard = 1 AND revision = 150')(file),
      /revision 150 in the ledger of dashboard main was numbered 4096/,
    ],
    ['the first page, with the schema', (file: string) => overwritePage(file, 1), /rows were found on pages/],
    ['the index of points', overwrite('points_by_age'), undefined],
    ['an inner page of the index of keys', overwrite('keys_by_end'), undefined],
    ['the index of names', overwrite('sqlite_autoindex_counters_1'), undefined],
    ['an inner page of the ledger', overwrite('ledger'), undefined],
  ])('(%s)', async (_, damage, repaired) => {
    const trial = await repair(damage);
    await expectSound(trial);
    const isRow = (difference: string): boolean => !/^ledger|^keys/.test(difference);
    expect(trial.differences.filter(isRow)).toEqual([]);
    if (trial.differences.length === 0) expect(trial.lines.filter((line) => line.startsWith('lost: '))).toEqual([]);
    if (repaired) expect(trial.lines.filter((line) => line.startsWith('repaired: ')).join('\n')).toMatch(repaired);
  });
});

describe('what is lost is named', () => {
  it.each([
    [
      'a reason',
      execute("UPDATE ledger SET reason = CAST(x'ff' AS TEXT) WHERE dashboard = 2 AND revision = 5"),
      ['ledger 2|5'],
      /^lost: reason is lost in the row of ledger \(dashboard 2, revision 5\)$/m,
    ],
    [
      'an entry',
      execute('DELETE FROM ledger WHERE dashboard = 1 AND revision IN (7, 8)'),
      ['ledger 1|7', 'ledger 1|8'],
      /^lost: revisions 7 to 8 in the ledger of dashboard main: /m,
    ],
    [
      'a title',
      execute("UPDATE counters SET definition = CAST(x'ff' AS TEXT) WHERE id = 1"),
      ['counters 1'],
      /^lost: the title, the unit and the definition of counter orders/m,
    ],
  ])('(%s)', async (_, damageFile, differences, line) => {
    const trial = await repair(damageFile);
    await expectSound(trial);
    expect(trial.differences).toEqual(differences);
    expect(trial.lines.join('\n')).toMatch(line);
  });

  it('(a page of keys) by the index, key by key', async () => {
    const trial = await repair((file) => overwritePage(file, findFirstLeaf(file, 'keys')));
    await expectSound(trial);
    const named = trial.lines.map((line) => /^lost: key "([^"]+)" of dashboard (main|shop): /.exec(line)?.slice(1));
    const lost = trial.differences.filter((difference) => difference.startsWith('keys '));
    expect(lost.length).toBeGreaterThan(5);
    for (const difference of lost) {
      const [dashboard, key] = difference.slice('keys '.length).split('|');
      expect(named).toContainEqual([key, dashboard === '1' ? 'main' : 'shop']);
    }
  });
});

it('a log that is damaged in the middle gives all of its transactions', async () => {
  const damageFrame = (file: string): void => {
    const bytes = readFileSync(`${file}-wal`);
    bytes.fill(0xa5, 32 + 200 * 4_120 + 24, 32 + 201 * 4_120);
    writeFileSync(`${file}-wal`, bytes);
  };
  const trial = await repair(damageFrame, stores.crashed);
  await expectSound(trial);
  expect(trial.differences).toEqual([]);
  expect(trial.lines).toContainEqual(expect.stringMatching(/^damaged: frame 201 of .*-wal is damaged: /));
});

it.each([
  ['its header', WAL_HEADER_BYTES, 0],
  ['its first 512 bytes', 512, 4],
  ['its first page', 4_096, 4],
  ['its first two frames', WAL_HEADER_BYTES + 2 * 4_120, 4],
])('a log without %s gives all of its transactions', async (_, length, code) => {
  const trial = await repair((file) => overwriteBytes(`${file}-wal`, 0, length), stores.crashed);
  await expectSound(trial);
  expect([trial.code, trial.differences]).toEqual([code, []]);
  expect(trial.lines).toContainEqual(expect.stringMatching(/^damaged: the header of .*-wal is damaged: its frames/));
});

it('flipped bits and overwritten pages at random places: always a sound file, and each lost value is named', async () => {
  for (let seed = SEED; seed < SEED + TRIALS; seed += 1) {
    const isLog = seed % 3 === 0;
    const damage = (file: string): void => {
      if (isLog) flipUsedBit(`${file}-wal`, seed);
      else if (seed % 3 === 1) flipUsedBit(file, seed);
      else overwritePage(file, 1 + ((seed * 7) % (readFileSync(file).length / 4_096)), seed % 2 ? 0 : 0xa5);
    };
    const trial = await repair(damage, isLog ? stores.crashed : stores.closed);
    await expectSoundAt(seed, trial);
  }
});

async function expectSoundAt(seed: number, trial: RepairTrial): Promise<void> {
  const { file, lines, differences } = trial;
  expect([seed, trial.code === 0 || trial.code === 4, existsSync(file)]).toEqual([seed, true, true]);
  expect([seed, listUnknownFindings(trial)]).toEqual([seed, []]);
  // Titles, times, reasons and actors stand in the file once: nothing tells that a letter of one has changed.
  if (differences.length > 1)
    expect([seed, differences.filter((difference) => !isNamed(difference, lines))]).toEqual([seed, []]);
  const text = lines.join('\n');
  expect([seed, readValues(file, text)]).toEqual([seed, readValues(getDatabasePath(stores.closed), text)]);
}

function isNamed(difference: string, lines: readonly string[]): boolean {
  const [table, key = ''] = difference.split(' ');
  const [id, second = ''] = key.split('|');
  const name = `dashboard ${id === '1' ? 'main' : 'shop'}`;
  const isInRange = (line: string): boolean => {
    const [, upTo, from, to = from] = /revisions? (up to )?(\d+)(?: to (\d+))?/.exec(line) ?? [];
    return (upTo !== undefined || Number(from) <= Number(second)) && Number(second) <= Number(to);
  };
  return lines.some((line) => {
    if (table === 'keys') return line.includes(`key ${JSON.stringify(second)}`);
    if (table === 'ledger') return (line.includes(name) || line.includes(`dashboard ${id}`)) && isInRange(line);
    return line.includes(
      table === 'points' ? 'point ' : table === 'levels' ? 'level ' : table === 'counters' ? 'counter ' : 'dashboard ',
    );
  });
}

/** Names, values, totals and revisions, without those that the text names. */
function readValues(file: string, text: string): unknown[] {
  return withDatabase(file, (database) => {
    const rows = database
      .prepare(
        `SELECT CAST(dashboards.name AS BLOB) AS dashboard, CAST(counters.name AS BLOB) AS counter, revision, added, removed, value
         FROM counters JOIN dashboards ON dashboards.id = dashboard ORDER BY counters.id`,
      )
      .raw()
      .all() as unknown[][];
    return rows
      .map(([dashboard, counter, ...numbers]) => [String(dashboard), String(counter), ...numbers])
      .filter(([, counter]) => !text.includes(`lost: the value of counter ${String(counter)}`));
  });
}

describe('the command', () => {
  it('writes a file that restore puts in place, and a service goes on with it', async () => {
    const { directory, file } = await repair(overwrite('counters'));
    expect(await runCommand(['restore', file, '--data-dir', directory])).toMatchObject({ code: 0, stderr: '' });
    const service = await startService({ DATA_DIR: directory });
    const snapshot = await readSnapshot(service);
    const store = await openSqliteStore(copyStore(stores.closed));
    const before = await store.readSnapshot('main');
    expect(snapshot).toMatchObject({ revision: before.revision, counters: before.counters });
    expect(snapshot.epoch).not.toBe(before.epoch);
  });

  it('changes nothing in the directory, and refuses a store in use, an existing file and what is no database', async () => {
    const { directory, file } = await repair(overwrite('points'));
    const before = readFileSync(getDatabasePath(directory));
    expect(await runCommand(['repair', file, '--data-dir', directory])).toMatchObject({
      code: 1,
      stderr: `repair failed: ${file} already exists: choose another file, or move that one away\n`,
    });
    expect(readFileSync(getDatabasePath(directory)).equals(before)).toBe(true);
    const foreign = createTempDirectory();
    writeFileSync(getDatabasePath(foreign), 'dear diary\n'.repeat(1_000));
    const target = join(foreign, 'new.db');
    expect(await runCommand(['repair', target, '--data-dir', foreign])).toMatchObject({
      code: 1,
      stderr: 'repair failed: nothing could be saved: the file has no dashboard that can be read\n',
    });
    expect(existsSync(target)).toBe(false);
    const DATA_DIR = createTempDirectory();
    await startService({ DATA_DIR });
    expect((await runCommand(['repair', target, '--data-dir', DATA_DIR])).stderr).toMatch(
      /in use by another Tallyboard/,
    );
  });
});
