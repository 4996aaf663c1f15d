/**
 * Exports a store with the command line and compares what must agree in it: totals, points of every width, ledger and
 * revision.
 */
import { type ExportLine, parseExportLine } from '../../src/export-format/line-parser.js';
import type { ExportedDashboard, ExportedKey, PointRun } from '../../src/store/transfer.port.js';
import type { LedgerEntry } from '../../src/counters/ledger-entry.js';
import { ROWS } from '../../src/store/store.js';
import { runCommand } from './cli-process.js';

export interface StoredDashboard {
  readonly dashboard: ExportedDashboard;
  readonly points: readonly PointRun[];
  readonly ledger: readonly LedgerEntry[];
  /** Idempotency keys, in the order in which they were stored. */
  readonly keys: readonly string[];
  /** The same keys, with owners and ends. */
  readonly keyRecords: readonly ExportedKey[];
}

/**
 * Exports dashboard `main`. @param location options that name the store, such as `--data-dir`
 * @param env variables of the command, for example of a faked clock
 */
export async function exportMain(
  location: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<StoredDashboard> {
  const { code, stdout, stderr } = await runCommand(['export', '--dashboard', 'main', ...location], env);
  if (code !== 0) throw new Error(`the export has ended with ${code}: ${stderr}`);
  const lines = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => parseExportLine(line));
  const records = lines.flatMap((line) => (line.kind === 'record' ? [line.record] : []));
  const [dashboard] = lines.flatMap((line: ExportLine) => (line.kind === 'dashboard' ? [line.dashboard] : []));
  if (!dashboard) throw new Error('the export has no dashboard main');
  return {
    dashboard,
    points: records.flatMap(({ points }) => (points ? [points] : [])),
    ledger: records.flatMap(({ ledger }) => (ledger ? [ledger] : [])),
    keys: records.flatMap(({ key }) => (key ? [key.key] : [])),
    keyRecords: records.flatMap(({ key }) => (key ? [key] : [])),
  };
}

/**
 * Lists what does not agree in a dashboard.
 * @param expiredMs widths of points of which the oldest may have expired, milliseconds
 */
export function findStoreFaults(stored: StoredDashboard, expiredMs: readonly number[] = []): string[] {
  return [...findPointFaults(stored, expiredMs), ...findLedgerOrderFaults(stored)];
}

/** The points of each counter and width begin with nothing, follow each other without a gap, and end as the totals. */
function findPointFaults({ dashboard, points }: StoredDashboard, expiredMs: readonly number[]): string[] {
  const faults: string[] = [];
  for (const { name, definition, added, removed } of dashboard.counters) {
    if (definition.kind === 'gauge') continue;
    for (const { stepMs } of ROWS) {
      const runs = points.filter((run) => run.counter === name && run.stepMs === stepMs);
      let end = expiredMs.includes(stepMs) ? runs[0]?.startTotals : { added: 0n, removed: 0n };
      let lastAt = 0;
      for (const { startTotals, buckets } of runs) {
        const gap = `the points of ${name} (${stepMs} ms) have a gap of ${startTotals.added - (end?.added ?? 0n)}`;
        if (startTotals.added !== end?.added || startTotals.removed !== end.removed) faults.push(`${gap} at ${lastAt}`);
        for (const { at } of buckets) {
          if (at <= lastAt) faults.push(`a point of ${name} (${stepMs} ms) at ${at} follows one at ${lastAt}`);
          lastAt = at;
        }
        end = buckets.at(-1) ?? startTotals;
      }
      if (end && (end.added !== added || end.removed !== removed))
        faults.push(`the points of ${name} (${stepMs} ms) end with +${end.added} -${end.removed}, not the totals`);
    }
  }
  return faults;
}

function findLedgerOrderFaults({ dashboard, ledger }: StoredDashboard): string[] {
  const faults: string[] = [];
  for (const [index, { revision, at }] of ledger.entries()) {
    const next = ledger[index + 1] ?? { revision: dashboard.revision + 1, at: dashboard.at };
    if (next.revision !== revision + 1) faults.push(`revision ${next.revision} follows ${revision}`);
    if (next.at < at) faults.push(`revision ${next.revision} is of ${next.at}, and the one before of ${at}`);
  }
  return faults;
}
