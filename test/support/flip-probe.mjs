/**
 * Opens a store of the built service in each directory that it is given, reads everything, and prints a line of JSON
 * for each: what was read, or why the store refused. A driver that ends the process ends the lines.
 */
import { Clock } from '../../dist/clock/clock.js';
import { StoreOpenError } from '../../dist/store/store-open.error.js';
import { SqliteStore } from '../../dist/store/sqlite/sqlite.store.js';
import { openReadOnly } from '../../dist/store/sqlite/database.js';
import { RowCheck, startCheck } from '../../dist/store/sqlite/row-check.js';
import { Logger } from '@nestjs/common';

const HOUR_MS = 3_600_000;
const retention = { keyTtlMs: 1e12, ledgerRetentionMs: 1e12, maxLedgerEntries: 1e9 };
const limits = { maxCounters: 1_000, maxDashboards: 1_000 };
Logger.overrideLogger(false);

/** Reads a part. A refusal that names damage is a result. */
async function read(run) {
  try {
    return await run();
  } catch (error) {
    return { refused: error.message };
  }
}

/** Runs all steps of the check that runs beside a service. @returns its findings */
function runChecks(directory) {
  const database = openReadOnly(directory);
  const check = new RowCheck(database);
  const findings = [];
  for (let step = { next: startCheck() }; step.next; findings.push(...step.findings)) step = check.runStep(step.next);
  database.close();
  return findings;
}

async function probe(directory) {
  const options = { directory, retention, limits, timeZone: 'UTC', maxPending: 10_000, timeoutMs: 5_000 };
  const store = new SqliteStore(options, new Clock(15_000));
  try {
    await store.open();
  } catch (error) {
    if (error instanceof StoreOpenError) return { refused: error.message };
    throw error;
  }
  const parts = {};
  const dashboards = (await store.readAllDashboards()).map(({ counters, ...rest }) => [rest, [...counters]]);
  parts.state = dashboards.map(([{ name, revision }, counters]) => [
    name,
    revision,
    counters.map(([n, { value }]) => [n, value]),
  ]);
  parts.definitions = dashboards;
  for (const [{ name }, counters] of dashboards) {
    parts[`ledger ${name}`] = await read(() => store.readLedger(name, 0, 100_000));
    const names = counters.map(([counter]) => counter);
    for (const step of [1_000, 60_000, HOUR_MS])
      parts[`points ${name} ${step}`] = await read(async () => [
        ...(await store.readPoints(name, names, step, 0, 1e15)),
      ]);
    parts[`days ${name}`] = await read(async () => [
      ...(await store.readSums(name, names, [{ stepMs: 24 * HOUR_MS, start: 0, end: 1e15 }])),
    ]);
  }
  const findings = runChecks(directory);
  await store.close();
  return {
    findings,
    parts: JSON.parse(JSON.stringify(parts, (_, value) => (typeof value === 'bigint' ? String(value) : value))),
  };
}

for (const directory of process.argv.slice(2)) process.stdout.write(`${JSON.stringify(await probe(directory))}\n`);
