/** `tallyboard export`: writes dashboards of a store as JSON lines to a file or stdout. */
import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { exportDashboards } from '../export-format/export.js';
import { FileExistsError, PartFile } from '../store/part-file.js';
import { CommandError, EXIT } from './exit-codes.js';
import type { CommandEnvironment } from './bearer-token.js';
import { resolveStoreLocation, type StoreLocationOptions } from './store-location.js';
import { toCommandError, formatDashboardCount, formatRecordCounts, TransferProgress } from './transfer-progress.js';

export interface ExportCommandOptions extends StoreLocationOptions {
  readonly dashboard: readonly string[];
}

/**
 * Writes an export. A file gets its name once it is complete and synced to disk, and never replaces another file.
 * @param file path of the new file; `-` or undefined: stdout
 * @throws CommandError with the reason if the export fails
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
      // Errors are thrown by the next write, or at the end.
      output.on('error', () => undefined);
      return exportDashboards(store, output, options.dashboard, (dashboard, counts, isDone) =>
        progress.report(dashboard, formatRecordCounts(counts), isDone),
      );
    };
    try {
      const dashboards =
        file === undefined || file === '-' ? await write(process.stdout) : await writeAtomically(resolve(file), write);
      progress.printLine(`exported ${formatDashboardCount(dashboards)} from ${location.label}`);
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof FileExistsError) throw new CommandError(error.message, EXIT.refused);
    throw toCommandError(error, `cannot export ${location.label}`);
  }
}

async function writeAtomically(file: string, write: (output: Writable) => Promise<number>): Promise<number> {
  const partFile = new PartFile(file);
  try {
    const output = createWriteStream(partFile.path);
    // Wait until the file exists; otherwise an early error would remove it before it is created.
    await once(output, 'open');
    const dashboards = await write(output);
    output.end();
    await finished(output);
    partFile.commit();
    return dashboards;
  } finally {
    partFile.discard();
  }
}
