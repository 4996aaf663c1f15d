/**
 * Single-bit flips at random places of a database file and of its log: no flip ends the process, and nothing that the
 * rest of the file contradicts changes without a word. `FLIPS=400 npm run jest -- ...` tries more than the suite does.
 */
import { copyFileSync } from 'node:fs';
import { findLastTransaction } from '../support/damaged-file.js';
import { type FlipOutcome, tryFlips, type Flip } from '../support/flip-trial.js';
import { computeTimeLimit, readPositiveInteger, SEED } from '../support/rounds.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { getDatabasePath, openSqliteStore } from '../support/sqlite-store.js';

const FLIPS = readPositiveInteger('FLIPS', 20);

/** Creates two dashboards with 400 keyed changes. @returns the directory of the closed store and a copy with its log */
async function createStores(): Promise<{ closed: string; crashed: string }> {
  const [closed, crashed] = [createTempDirectory(), createTempDirectory()];
  const store = await openSqliteStore(closed);
  for (const name of ['main', 'shop']) {
    const counters = {
      orders: { title: 'Orders of the shop', singular: 'order' },
      customers: {},
      products: { kind: 'gauge' },
    } as const;
    await store.define(name, { title: 'A dashboard', counters });
  }
  for (let count = 0; count < 400; count += 1) {
    const counter = ['orders', 'customers', 'products'][count % 3] ?? '';
    const changes = [{ counter, by: 1 + (count % 7) }];
    const dashboard = count % 2 ? 'main' : 'shop';
    await store.apply({ dashboard, changes, key: `key-${count}`, reason: `reason ${count}`, who: 'till' });
  }
  for (const suffix of ['', '-wal']) copyFileSync(getDatabasePath(closed) + suffix, getDatabasePath(crashed) + suffix);
  await store.close();
  return { closed, crashed };
}

function countOutcomes(flips: readonly Flip[]): Partial<Record<FlipOutcome, number>> {
  const counts: Partial<Record<FlipOutcome, number>> = {};
  for (const { outcome } of flips) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** Changes that nothing else in the file contradicts. */
const UNTOLD = [
  /^ledger \w+\.\d+\.who: /,
  /^definitions\.\d+\.0\.(settings\.title|epoch|version|day\.(start|end)): /,
  /^definitions\.\d+\.1\.\d+\.1\.definition\.(title|singular): /,
];
/** What was counted in the second of the oldest point can have been more than it says: seconds before it expire. */
const OLDEST_SECOND = /^points \w+ 1000\.\d+\.1\.points\.0\.(?:added|removed): "(\d+)" is now "(\d+)"$/;

function isTold(difference: string): boolean {
  const [, before, after] = OLDEST_SECOND.exec(difference) ?? [];
  return !(Number(after) < Number(before)) && !UNTOLD.some((pattern) => pattern.test(difference));
}

function expectNoneSilent(flips: readonly Flip[]): void {
  const unnamed = flips.filter(({ outcome }) => outcome === 'silent' || outcome === 'abort');
  if (process.env['FLIPS'] !== undefined) {
    const lines = unnamed.map((flip) => JSON.stringify(flip));
    process.stdout.write(`seed ${SEED}: ${JSON.stringify(countOutcomes(flips))}\n${lines.join('\n')}\n`);
  }
  expect(unnamed.filter(({ outcome, differences }) => outcome === 'abort' || differences.some(isTold))).toEqual([]);
}

it(
  `${FLIPS} bits of the database file (seed ${SEED})`,
  async () => {
    const { closed } = await createStores();
    expectNoneSilent(await tryFlips(closed, '', FLIPS, SEED));
  },
  computeTimeLimit(FLIPS, 2_000),
);

it(
  `${FLIPS} bits of the log after a crash (seed ${SEED})`,
  async () => {
    const { crashed } = await createStores();
    // A damaged last transaction looks like one that a power cut has left incomplete.
    const end = findLastTransaction(`${getDatabasePath(crashed)}-wal`);
    expectNoneSilent(await tryFlips(crashed, '-wal', FLIPS, SEED, end));
  },
  computeTimeLimit(FLIPS, 2_000),
);
