/** Exports dashboards of a store as NDJSON, at the pace of the reader. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { DashboardExport, StoreExport } from '../store/transfer.port.js';
import {
  addRecordCounts,
  formatDashboardLine,
  formatEndLine,
  formatFinishedLine,
  formatRecordLine,
  HEADER_LINE,
  NO_RECORDS,
  type RecordCounts,
} from './line-format.js';

/** Called after each batch of a dashboard's records, and once with `isDone` when it is complete. */
type OnExportProgress = (dashboard: string, counts: RecordCounts, isDone: boolean) => void;

/** A requested dashboard does not exist. */
export class DashboardNotFoundError extends Error {
  override readonly name = 'DashboardNotFoundError';
}

/**
 * Writes dashboards in the order of their names. Each is written as it is at one moment; a dashboard that is deleted
 * meanwhile is left out.
 * @param names names of dashboards; all if empty
 * @returns number of exported dashboards
 * @throws DashboardNotFoundError before anything is written, if one of `names` does not exist
 */
export async function exportDashboards(
  store: StoreExport,
  output: Writable,
  names: readonly string[],
  onProgress: OnExportProgress,
): Promise<number> {
  for (const name of names) {
    if (!(await store.readDashboard(name))) throw new DashboardNotFoundError(`there is no dashboard named ${name}`);
  }
  await writeText(output, HEADER_LINE);
  let exported = 0;
  for await (const name of names.length > 0 ? [...new Set(names)].toSorted() : store.listNames()) {
    const dashboardExport = await store.readDashboard(name);
    // Deleted since its name was read.
    if (!dashboardExport) continue;
    await exportDashboard(dashboardExport, output, onProgress);
    exported += 1;
  }
  await writeText(output, formatFinishedLine(exported));
  return exported;
}

async function exportDashboard(
  { dashboard, readRecords }: DashboardExport,
  output: Writable,
  onProgress: OnExportProgress,
): Promise<void> {
  await writeText(output, formatDashboardLine(dashboard));
  let counts = NO_RECORDS;
  for await (const records of readRecords()) {
    await writeText(output, records.map(formatRecordLine).join(''));
    counts = addRecordCounts(counts, records);
    onProgress(dashboard.name, counts, false);
  }
  await writeText(output, formatEndLine(dashboard.name, counts));
  onProgress(dashboard.name, counts, true);
}

async function writeText(output: Writable, text: string): Promise<void> {
  if (output.errored) throw output.errored;
  if (!output.write(text)) await once(output, 'drain');
}
