/** A service killed at any moment has every acknowledged change, and none twice. */
import { setTimeout } from 'node:timers/promises';
import type { Snapshot } from '../../src/counters/counters.js';
import { runCommand } from '../support/cli-process.js';
import { findLedgerFaults } from '../support/ledger-check.js';
import { ResumingViewer } from '../support/resuming-viewer.js';
import { readLedger } from '../support/retrying-clients.js';
import { computeTimeLimit, createRandom, readPositiveInteger, SEED } from '../support/rounds.js';
import { type Service, readSnapshot, runService, startService } from '../support/service.js';
import {
  CLIENTS,
  computeBounds,
  REQUESTS,
  retry,
  send,
  type SentChange,
  toChangeSet,
} from '../support/short-route-changes.js';
import { exportMain, findStoreFaults } from '../support/store-audit.js';
import { createTempDirectory } from '../support/temp-directory.js';

const KILLS = readPositiveInteger('ROUNDS', 12);
/** One of this many starts is killed too, within MAX_START_MS. */
const KILLED_START_INTERVAL = 4;
const MAX_START_MS = 600;
/** One of this many kills comes after a time, of MAX_LOAD_MS at most; the others when a response has arrived. */
const TIMED_KILL_INTERVAL = 3;
const MAX_LOAD_MS = 250;
const random = createRandom(SEED);

/** Sends changes from many clients, and kills the service at a random moment while some are pending. */
async function loadUntilKilled(service: Service, all: SentChange[]): Promise<void> {
  const isTimed = random(TIMED_KILL_INTERVAL) === 0;
  let remaining = isTimed ? Infinity : 1 + random(120);
  let killed: Promise<void> | undefined;
  if (isTimed) void setTimeout(random(MAX_LOAD_MS)).then(() => (killed = service.kill()));
  const sendChanges = async (): Promise<void> => {
    while (!killed) {
      // Removals at zero are refused, so more is added than removed, but counters still reach zero now and then.
      const request = REQUESTS[random(REQUESTS.length)] ?? REQUESTS[0];
      const sent: SentChange = { key: `key-${all.length}`, request };
      all.push(sent);
      try {
        [sent.status] = await send(service, sent);
      } catch {
        return;
      }
      remaining -= 1;
      if (remaining <= 0) killed ??= service.kill();
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, sendChanges));
  await killed;
}

/** Starts the service again, at the same address. Some starts are killed before they are complete. */
async function restart(env: Readonly<Record<string, string>>): Promise<Service> {
  while (random(KILLED_START_INTERVAL) === 0) {
    const start = runService(env);
    await setTimeout(random(MAX_START_MS));
    await start.stop('SIGKILL');
  }
  return startService(env);
}

describe('a service that is killed', () => {
  it(
    `at ${KILLS} random moments under load applies each acknowledged key once, and others at most once (seed ${SEED})`,
    async () => {
      const DATA_DIR = createTempDirectory();
      const all: SentChange[] = [];
      let service = await startService({ DATA_DIR });
      const env = { DATA_DIR, PORT: String(service.port) };
      const start = await readSnapshot(service);
      const viewer = new ResumingViewer(service.url);

      for (let round = 0; round < KILLS; round += 1) {
        await loadUntilKilled(service, all);
        service = await restart(env);
        const unknown = all.filter(({ status }) => status === undefined);
        await expectWithinBounds(service, all, start);

        const answers = await retry(service, unknown);
        for (const [index, sent] of unknown.entries()) sent.status = answers[index]?.[0] ?? 0;
        expect(all.every(({ status }) => status === 200 || status === 400)).toBe(true);
        await expectExactly(service, all);
      }

      // A last retry of every key: each is replayed with its first status, and nothing changes.
      expect(await retry(service, all)).toEqual(all.map(({ status }) => [status, true]));
      await expectExactly(service, all);
      const end = await readSnapshot(service);
      const ledger = await readLedger(service);
      expect(findLedgerFaults(all.map(toChangeSet), ledger, start, end)).toEqual([]);
      await viewer.waitForRevision(end.epoch, end.revision);
      expect([viewer.epochs, viewer.faults]).toEqual([[start.epoch], []]);
      expect(viewer.findUnknownStates(start.epoch, ledger, start)).toEqual([]);
      expect(await service.stop()).toBe(0);
      expect(await runCommand(['check', '--data-dir', DATA_DIR])).toMatchObject({ code: 0 });
      expect(findStoreFaults(await exportMain(['--data-dir', DATA_DIR]))).toEqual([]);
    },
    computeTimeLimit(KILLS, 10_000),
  );
});

/** Expects every acknowledged change, and of those without a response any. */
async function expectWithinBounds(service: Service, all: readonly SentChange[], { epoch }: Snapshot): Promise<void> {
  const after = await readSnapshot(service);
  const counted = all.filter(({ status }) => status === 200).length;
  const unknown = all.filter(({ status }) => status === undefined).length;
  expect(after.epoch).toBe(epoch);
  expect(after.revision).toBeGreaterThanOrEqual(counted);
  expect(after.revision).toBeLessThanOrEqual(counted + unknown);
  for (const [counter, value] of Object.entries(after.counters)) {
    const [min, max] = computeBounds(all, counter);
    expect([counter, value >= min, value <= max]).toEqual([counter, true, true]);
  }
}

async function expectExactly(service: Service, all: readonly SentChange[]): Promise<void> {
  const { revision, counters } = await readSnapshot(service);
  expect(revision).toBe(all.filter(({ status }) => status === 200).length);
  for (const [counter, value] of Object.entries(counters)) {
    expect([counter, value, value]).toEqual([counter, ...computeBounds(all, counter)]);
  }
}
