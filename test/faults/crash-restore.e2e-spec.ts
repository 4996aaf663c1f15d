/**
 * Changes, a backup under load, more changes, a crash and a restore, again and again: the store is the backup's, and no
 * viewer takes it for the old one.
 */
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerEntry } from '../../src/counters/ledger-entry.js';
import { runCommand } from '../support/cli-process.js';
import { postKeyed } from '../support/keyed-change.js';
import { ResumingViewer } from '../support/resuming-viewer.js';
import { readLedger, startRetryingClients } from '../support/retrying-clients.js';
import { computeTimeLimit, createDeck, createRandom, readPositiveInteger, SEED } from '../support/rounds.js';
import { readSnapshot, runService, type Service, startService } from '../support/service.js';
import { getDatabasePath } from '../support/sqlite-store.js';
import { exportMain, findStoreFaults } from '../support/store-audit.js';
import { createTempDirectory } from '../support/temp-directory.js';

const ROUNDS = readPositiveInteger('ROUNDS', 3);
/** Keys to send again in each round, from before and after the backup. */
const RETRIED_KEYS = 5;

const random = createRandom(SEED);
const DATA_DIR = createTempDirectory();
const file = getDatabasePath(DATA_DIR);
const location = ['--data-dir', DATA_DIR];

async function expectSuccess(...args: readonly string[]): Promise<void> {
  expect([args, await runCommand([...args, ...location])]).toMatchObject([args, { code: 0 }]);
}

async function restoreByCommand(backup: string): Promise<void> {
  await expectSuccess('restore', backup);
}

async function copyWithoutOldLog(backup: string): Promise<void> {
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
  copyFileSync(backup, file);
}

async function copyBesideOldLogThenRestore(backup: string): Promise<void> {
  copyFileSync(backup, file);
  expect(await runService({ DATA_DIR }).ended).toBe(1);
  await expectSuccess('restore', backup);
}

const drawRestore = createDeck([restoreByCommand, copyWithoutOldLog, copyBesideOldLogThenRestore], random);

/** Crashes under load. @returns the ledger before the crash, and the revisions between which the backup lies */
async function crashAfterBackup(service: Service, backup: string) {
  const clients = startRetryingClients(() => [service]);
  await clients.waitForAcknowledged(1 + random(100));
  const { revision: min } = await readSnapshot(service);
  await expectSuccess('backup', backup);
  const { revision: max } = await readSnapshot(service);
  await clients.waitForAcknowledged(1 + random(100));
  const ledger = await readLedger(service);
  await service.kill();
  clients.abort();
  await clients.finish();
  return { ledger, min, max };
}

function sumChanges(ledger: readonly LedgerEntry[]): Record<string, number> {
  const sums: Record<string, number> = { orders: 0, customers: 0, products: 0 };
  for (const { changes } of ledger) {
    for (const change of changes) {
      sums[change.counter] = (sums[change.counter] ?? 0) + ('by' in change ? change.by : Number.NaN);
    }
  }
  return sums;
}

/** Sends the last keyed change sets of a ledger again. @returns true for each that was replayed */
async function retry(service: Service, ledger: readonly LedgerEntry[]): Promise<boolean[]> {
  const keyed = ledger.filter(({ key }) => key !== undefined).slice(-RETRIED_KEYS);
  const replays: boolean[] = [];
  for (const { key = '', changes } of keyed) replays.push((await postKeyed(service, key, { changes })).isReplay);
  return replays;
}

it(
  `a store restored after each of ${ROUNDS} crashes is the backup's, in a new epoch, and counts on (seed ${SEED})`,
  async () => {
    let service = await startService({ DATA_DIR });
    const env = { DATA_DIR, PORT: String(service.port) };
    const viewer = new ResumingViewer(service.url);
    const epochs = [(await readSnapshot(service)).epoch];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const backup = join(createTempDirectory(), 'backup.db');
      const { ledger, min, max } = await crashAfterBackup(service, backup);
      const restore = drawRestore();
      await restore(backup);

      service = await startService(env);
      const { epoch, revision, counters } = await readSnapshot(service);
      const kept = ledger.slice(0, revision);
      expect([round, restore.name, revision >= min && revision <= max, counters]).toEqual([
        round,
        restore.name,
        true,
        sumChanges(kept),
      ]);
      expect(await readLedger(service)).toEqual(kept);
      expect(epochs).not.toContain(epoch);
      epochs.push(epoch);
      await viewer.waitForRevision(epoch, revision);
      expect((await retry(service, kept)).filter((isReplay) => !isReplay)).toEqual([]);
      expect((await readSnapshot(service)).revision).toBe(revision);
      expect((await retry(service, ledger.slice(revision))).filter((isReplay) => isReplay)).toEqual([]);
      rmSync(backup);
      for (const name of readdirSync(DATA_DIR)) if (name.includes('.replaced-')) rmSync(join(DATA_DIR, name));
    }
    expect([viewer.epochs, viewer.faults]).toEqual([epochs, []]);
    expect(await service.stop()).toBe(0);
    await expectSuccess('check');
    expect(findStoreFaults(await exportMain(location))).toEqual([]);
  },
  computeTimeLimit(ROUNDS, 20_000),
);
