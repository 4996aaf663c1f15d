/**
 * Write-ahead logs as a crash leaves them, and damaged ones. SQLite drops everything behind the first broken frame, so
 * a log with commits behind it is refused.
 */
import { copyFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreOpenError } from '../../src/store/store-open.error.js';
import { runCommand } from '../support/cli-process.js';
import { WAL_HEADER_BYTES } from '../../src/store/sqlite/wal-format.js';
import { flipBit, overwriteBytes } from '../support/damaged-file.js';
import { readSnapshot, startService } from '../support/service.js';
import { getDatabasePath, openSqliteStore, withDatabase } from '../support/sqlite-store.js';
import { createTempDirectory } from '../support/temp-directory.js';

const CHANGES = 30;
const FRAME_BYTES = 24 + 4_096;
/** Offsets in a frame: of its commit mark, salts, checksum and page. */
const FRAME = { commit: 4, salt0: 8, salt1: 12, checksum: 16, page: 24 };

interface Log {
  readonly directory: string;
  readonly file: string;
  /** Offset of each frame of the current log. */
  readonly frames: readonly number[];
  /** Indexes of the frames that end a transaction. */
  readonly commits: readonly number[];
}

/** Copies the files of a running store, as a crash would leave them, with a transaction for each of CHANGES changes. */
async function createLog(isRestarted = false): Promise<Log> {
  const origin = createTempDirectory();
  const store = await openSqliteStore(origin);
  await store.define('main', { counters: { orders: {} } });
  const change = { dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] };
  for (let count = 1; count <= CHANGES; count += 1) {
    // Later frames overwrite the first ones; those behind them stay, with other salts.
    if (isRestarted && count === CHANGES - 2)
      withDatabase(getDatabasePath(origin), (database) => database.pragma('wal_checkpoint(RESTART)'));
    await store.apply({ ...change, key: `k${count}` });
  }
  const directory = createTempDirectory();
  const file = `${getDatabasePath(directory)}-wal`;
  copyFileSync(getDatabasePath(origin), getDatabasePath(directory));
  copyFileSync(`${getDatabasePath(origin)}-wal`, file);
  const bytes = readFileSync(file);
  const salts = bytes.subarray(16, 24);
  const frames = Array.from(
    { length: Math.floor((bytes.length - 32) / FRAME_BYTES) },
    (_, index) => 32 + index * FRAME_BYTES,
  );
  const current = frames.filter((offset) => bytes.subarray(offset + 8, offset + 16).equals(salts));
  const commits = [...current.keys()].filter((index) => bytes.readUInt32BE((current[index] ?? 0) + FRAME.commit) > 0);
  return { directory, file, frames: current, commits };
}

/** Opens the store. @returns its revision, or the message with which it refuses */
async function open(directory: string): Promise<number | string> {
  try {
    const store = await openSqliteStore(directory);
    const { revision } = await store.readSnapshot('main');
    expect(await store.readLedger('main', 0, 1_000)).toHaveLength(revision);
    return revision;
  } catch (error) {
    if (error instanceof StoreOpenError) return error.message;
    throw error;
  }
}

describe('a log that a crash has left', () => {
  it.each([false, true])('has every change (restarted: %s)', async (isRestarted) => {
    const { directory, frames, file } = await createLog(isRestarted);
    expect(readFileSync(file).length > 32 + frames.length * FRAME_BYTES).toBe(isRestarted);
    expect(await open(directory)).toBe(CHANGES);
  });

  it('with an incomplete last frame loses the transaction that was not acknowledged', async () => {
    const { directory, file, frames } = await createLog();
    truncateSync(file, (frames.at(-1) ?? 0) + 2_000);
    expect(await open(directory)).toBe(CHANGES - 1);
  });

  it('with a broken last frame, or only the last frame of a transaction, loses that transaction alone', async () => {
    for (const isBreakingFirst of [false, true]) {
      const { directory, file, frames, commits } = await createLog();
      const index = isBreakingFirst ? (commits.at(-2) ?? 0) + 1 : (commits.at(-1) ?? 0);
      const bytes = readFileSync(file);
      bytes.fill(0, frames[index], (frames[index] ?? 0) + FRAME_BYTES);
      writeFileSync(file, bytes);
      expect(await open(directory)).toBe(CHANGES - 1);
    }
  });
});

describe('the last transaction of a log', () => {
  const breakFrame = (choose: (log: Log) => number) => (log: Log) =>
    flipBit(log.file, (log.frames[choose(log)] ?? 0) + FRAME.page, 2);
  const truncate = ({ file, frames }: Log): void => truncateSync(file, (frames.at(-1) ?? 0) + 2_000);

  it.each([
    ['complete', false, () => undefined, CHANGES],
    ['complete, before frames from an earlier log', true, () => undefined, CHANGES],
    ['cut off', false, truncate, CHANGES - 1],
    ['cut off, before frames from an earlier log', true, breakFrame(({ commits }) => commits.at(-1) ?? 0), CHANGES - 1],
    ['damaged in its first frame', false, breakFrame(({ commits }) => (commits.at(-2) ?? 0) + 1), CHANGES - 1],
    ['damaged in its last frame', false, breakFrame(({ commits }) => commits.at(-1) ?? 0), CHANGES - 1],
  ] as const)(
    '(%s, %s) is named by one warning of the start and a note of the check if it is left out',
    async (...row) => {
      const [, isRestarted, damage, revision] = row;
      const log = await createLog(isRestarted);
      damage(log);
      const dropped = /the last transaction in .*-wal is incomplete or damaged \(\d+ frames?\), and is left out: .*/g;
      const expected = revision === CHANGES ? [] : [expect.stringContaining('a power cut or a kill leaves one')];
      const { code, stdout, stderr } = await runCommand(['check', '--data-dir', log.directory]);
      expect([code, stdout.match(dropped) ?? [], stderr]).toEqual([0, expected, '']);
      const service = await startService({ DATA_DIR: log.directory });
      expect(await readSnapshot(service)).toMatchObject({ revision });
      expect(await service.stop()).toBe(0);
      expect(service.output().match(dropped) ?? []).toEqual(expected);
    },
  );
});

describe('a log whose beginning is zeroed', () => {
  it.each([
    ['the header', WAL_HEADER_BYTES, false],
    ['the header', WAL_HEADER_BYTES, true],
    ['a sector', 512, false],
    ['a page', 4_096, false],
    ['two frames', WAL_HEADER_BYTES + 2 * FRAME_BYTES, false],
  ] as const)('(%s, %i bytes, restarted: %s) is refused, and named by the check', async (_, length, isRestarted) => {
    const log = await createLog(isRestarted);
    overwriteBytes(log.file, 0, length);
    const before = readFileSync(log.file);
    const finding = /-wal has \d+ or more commits behind a damaged place/;
    expect(await open(log.directory)).toMatch(finding);
    const { code, stdout } = await runCommand(['check', '--data-dir', log.directory]);
    expect([code, stdout]).toEqual([1, expect.stringMatching(finding)]);
    expect(readFileSync(log.file).equals(before)).toBe(true);
  });

  it('is refused if it has a single transaction', async () => {
    const log = await createLog(true);
    truncateSync(log.file, log.frames[(log.commits[0] ?? 0) + 1] ?? 0);
    overwriteBytes(log.file, 0, WAL_HEADER_BYTES);
    expect(await open(log.directory)).toMatch(/-wal has 1 or more commits/);
  });

  it.each([
    ['nothing but zeros', (): number => 0],
    ['the first half of a frame', ({ frames }: Log): number => (frames[0] ?? 0) + 2_000],
    ['no commit', ({ frames, commits }: Log): number => frames[commits[0] ?? 0] ?? 0],
  ])('is of a log that was just being created if it has %s', async (_, getLength) => {
    const log = await createLog(true);
    const length = getLength(log);
    truncateSync(log.file, Math.max(length, WAL_HEADER_BYTES));
    overwriteBytes(log.file, 0, WAL_HEADER_BYTES);
    if (length === 0) truncateSync(log.file, WAL_HEADER_BYTES + 4 * FRAME_BYTES);
    expect(await open(log.directory)).toBe(CHANGES - 3);
  });
});

it('frames from before the last checkpoint are no commits of a log whose header is valid', async () => {
  const log = await createLog(true);
  const end = log.frames.length;
  overwriteBytes(log.file, log.frames[0] ?? 0, end * FRAME_BYTES);
  expect(await open(log.directory)).toBe(CHANGES - 3);
});

describe('a log with commits behind a damaged place', () => {
  const inFrame = (field: keyof typeof FRAME, choose: (log: Log) => number) => (log: Log) =>
    (log.frames[choose(log)] ?? 0) + FRAME[field];
  const first = (): number => 0;
  const firstCommit = ({ commits }: Log): number => commits[0] ?? 0;
  const middle = ({ commits }: Log): number => (commits[CHANGES / 2] ?? 0) + 1;
  const lastCommitButOne = ({ commits }: Log): number => commits.at(-2) ?? 0;

  it.each([
    ['the magic number', () => 3],
    ['the page size', () => 10],
    ['a salt of the header', () => 17],
    ['the checksum of the header', () => 26],
    ['the page of the first frame', inFrame('page', first)],
    ['the page of a frame', inFrame('page', middle)],
    ['a salt of a frame', inFrame('salt0', middle)],
    ['the other salt of a frame', inFrame('salt1', middle)],
    ['the checksum of a frame', inFrame('checksum', middle)],
    ['the commit mark of a frame', inFrame('commit', firstCommit)],
    ['the page of the last commit but one', inFrame('page', lastCommitButOne)],
  ] as const)('in %s is refused, and no file changes', async (_, locate) => {
    const log = await createLog();
    flipBit(log.file, locate(log), 2);
    const before = [getDatabasePath(log.directory), log.file].map((file) => readFileSync(file));
    const message = expect.stringMatching(/is damaged \(.*-wal has \d+ or more commits behind.*restore a backup/);
    expect(await open(log.directory)).toEqual(message);
    const after = [getDatabasePath(log.directory), log.file].map((file) => readFileSync(file));
    expect(after.every((bytes, index) => before[index]?.equals(bytes))).toBe(true);
  });

  it('is neither exported nor copied by a backup', async () => {
    const log = await createLog();
    flipBit(log.file, inFrame('page', middle)(log), 2);
    const copy = join(createTempDirectory(), 'copy.db');
    const commands = [['export'], ['backup', copy]].map((args) => runCommand([...args, '--data-dir', log.directory]));
    for (const { code, stdout, stderr } of await Promise.all(commands))
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/-wal has \d+ or more commits behind/)]);
    expect(existsSync(copy)).toBe(false);
  });
});
