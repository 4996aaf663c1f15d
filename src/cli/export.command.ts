/** `tallyboard export`: dashboards of a store as lines of JSON, in a file or on stdout. */
import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { exportDashboards } from '../export-format/export.js';
import { formatRecordCounts } from '../export-format/line-format.js';
import { CommandError, EXIT } from './exit-codes.js';
import type { CommandEnvironment } from './bearer-token.js';
import { resolveStoreLocation, type StoreLocationOptions } from './store-location.js';
import { toCommandError, formatDashboardCount, TransferProgress } from './transfer-progress.js';

export interface ExportCommandOptions extends StoreLocationOptions {
  readonly dashboard: readonly string[];
}

/**
 * Writes an export. A file has its name when it is whole and on the disk, and never takes the place of another.
 * @param file where to; stdout when left out
 * @throws CommandError when it is not possible
 */
export async function exportStore(
  file: string | undefined,
  options: ExportCommandOptions,
  env: CommandEnvironment,
): Promise<void> {
  const location = resolveStoreLocation(options, env);
  const progress = new TransferProgress();
  try {
    const store = await location.openExport();
    const write = (output: Writable): Promise<number> => {
      // What fails is thrown by the next write, or at the end.
      output.on('error', () => undefined);
      return exportDashboards(store, output, options.dashboard, (dashboard, counts, isDone) =>
        progress.report(dashboard, formatRecordCounts(counts), isDone),
      );
    };
    try {
      const dashboards = file === undefined ? await write(process.stdout) : await writeAtomically(resolve(file), write);
      progress.printLine(`exported ${formatDashboardCount(dashboards)} of ${location.label}`);
    } finally {
      await store.close();
    }
  } catch (error) {
    throw toCommandError(error, `${location.label} was not exported`);
  }
}

async function writeAtomically(file: string, write: (output: Writable) => Promise<number>): Promise<number> {
  assertFileAbsent(file);
  const draft = `${file}.${process.pid}.part`;
  try {
    const output = createWriteStream(draft, { flush: true });
    // Before it is open it would be made after it has been taken away.
    await once(output, 'open');
    const dashboards = await write(output);
    output.end();
    await finished(output);
    assertFileAbsent(file);
    renameSync(draft, file);
    return dashboards;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Never over another file: it may be the only export that there is. */
function assertFileAbsent(file: string): void {
  if (!existsSync(file)) return;
  throw new CommandError(`${file} is there already: name another file, or move that one away`, EXIT.refused);
}
