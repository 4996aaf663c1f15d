/**
 * Single-bit flips at random places of a database file and of its log: no flip ends the process, and none changes a
 * name, a value or a revision without a word. `FLIPS=400 npm run jest -- ...` tries more than the suite does.
 */
import { copyFileSync, statSync } from 'node:fs';
import { type FlipOutcome, tryFlips, type Flip } from '../support/flip-trial.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { getDatabasePath, openSqliteStore } from '../support/sqlite-store.js';

const FLIPS = Number(process.env['FLIPS'] ?? 20);
const SEED = Number(process.env['SEED'] ?? 1);

/** Creates two dashboards with 400 keyed changes. @returns the directory of the closed store and a copy with its log */
async function createStores(): Promise<{ closed: string; crashed: string }> {
  const [closed, crashed] = [createTempDirectory(), createTempDirectory()];
  const store = await openSqliteStore(closed);
  for (const name of ['main', 'shop']) {
    const counters = { orders: { title: 'Orders of the shop', unit: 'order' }, customers: {}, products: {} };
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

function expectNoneSilent(flips: readonly Flip[]): void {
  if (process.env['FLIPS'] !== undefined) process.stdout.write(`${JSON.stringify(countOutcomes(flips))}\n`);
  expect(flips.filter(({ outcome }) => outcome === 'abort')).toEqual([]);
  expect(flips.filter(({ outcome, detail }) => outcome === 'silent' && detail.includes('state'))).toEqual([]);
}

it('bits of the database file', async () => {
  const { closed } = await createStores();
  expectNoneSilent(await tryFlips(closed, '', FLIPS, SEED));
});

it('bits of the log after a crash', async () => {
  const { crashed } = await createStores();
  // A damaged last transaction looks like one that a power cut has left incomplete. It has fewer than 20 frames.
  const end = statSync(`${getDatabasePath(crashed)}-wal`).size - 20 * (24 + 4_096);
  expectNoneSilent(await tryFlips(crashed, '-wal', FLIPS, SEED, end));
});
