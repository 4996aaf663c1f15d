/** Writes dashboards of a store as lines, no faster than they are taken. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { DashboardExport, StoreExport } from '../store/transfer.port.js';
import {
  countedWith,
  type Counts,
  dashboardLine,
  endLine,
  finishedLine,
  HEADER,
  NONE,
  pieceLine,
} from './line-format.js';

/** Told of each dashboard: now and then while it goes on, and once when it is done. */
export type Told = (dashboard: string, counts: Counts, isDone: boolean) => void;

/** A dashboard that was asked for and is not there. */
export class NoDashboardError extends Error {
  override readonly name = 'NoDashboardError';
}

/**
 * Writes dashboards in the order of their names.
 * @param wanted their names; all when there are none
 * @returns how many there were
 * @throws NoDashboardError before anything is written
 */
export async function exportDashboards(
  store: StoreExport,
  output: Writable,
  wanted: readonly string[],
  told: Told,
): Promise<number> {
  for (const name of wanted) {
    if (!(await store.readDashboard(name))) throw new NoDashboardError(`there is no dashboard named ${name}`);
  }
  await write(output, HEADER);
  let dashboards = 0;
  for await (const name of wanted.length > 0 ? [...new Set(wanted)].toSorted() : store.listNames()) {
    const departure = await store.readDashboard(name);
    // Removed since its name was read.
    if (!departure) continue;
    await exportOne(departure, output, told);
    dashboards += 1;
  }
  await write(output, finishedLine(dashboards));
  return dashboards;
}

async function exportOne({ dashboard, readRecords }: DashboardExport, output: Writable, told: Told): Promise<void> {
  await write(output, dashboardLine(dashboard));
  let counts = NONE;
  for await (const some of readRecords()) {
    await write(output, some.map(pieceLine).join(''));
    counts = countedWith(counts, some);
    told(dashboard.name, counts, false);
  }
  await write(output, endLine(dashboard.name, counts));
  told(dashboard.name, counts, true);
}

async function write(output: Writable, text: string): Promise<void> {
  if (output.errored) throw output.errored;
  if (!output.write(text)) await once(output, 'drain');
}
