/** `tallyboard import`: loads the dashboards of an export into a store, each of them completely or not at all. */
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type ImportResult, importDashboards } from '../export-format/import.js';
import { CommandError, EXIT } from './exit-codes.js';
import type { CommandEnvironment } from './bearer-token.js';
import { type StoreLocation, resolveStoreLocation, type StoreLocationOptions } from './store-location.js';
import { toCommandError, formatDashboardCount, formatRecordCounts, TransferProgress } from './transfer-progress.js';

export interface ImportCommandOptions extends StoreLocationOptions {
  readonly dashboard: readonly string[];
  readonly replace?: boolean;
}

/**
 * Loads an export. Dashboards that are complete already are skipped, so that the same command resumes an interrupted
 * import.
 * @param file path of the export; `-` or undefined: stdin
 * @throws CommandError if the import fails, or if dashboards were refused
 */
export async function importStore(
  file: string | undefined,
  options: ImportCommandOptions,
  env: CommandEnvironment,
): Promise<void> {
  const isStdin = file === undefined || file === '-';
  if (isStdin && process.stdin.isTTY) {
    throw new CommandError(
      'no input: name the file of an export, or redirect it to stdin: tallyboard import < file',
      EXIT.usage,
    );
  }
  const location = resolveStoreLocation(options, env);
  const progress = new TransferProgress();
  try {
    const input: Readable = isStdin ? process.stdin : (await open(file)).createReadStream();
    try {
      await runImport(input, location, options, progress);
    } finally {
      input.destroy();
    }
  } catch (error) {
    throw toCommandError(error, `cannot complete the import into ${location.label}`);
  }
}

async function runImport(
  input: Readable,
  location: StoreLocation,
  options: ImportCommandOptions,
  progress: TransferProgress,
): Promise<void> {
  const store = await location.openImport();
  try {
    const { imported, skipped, refused } = await importDashboards(store, input, {
      names: options.dashboard,
      replace: options.replace ?? false,
      onProgress: ({ name }, fate) => progress.report(name, formatImportResult(fate), fate.kind !== 'in-progress'),
    });
    progress.printLine(
      `${location.label}: imported ${formatDashboardCount(imported)}, skipped ${skipped}, refused ${refused}`,
    );
    if (refused > 0) throw new CommandError('refused dashboards were not changed', EXIT.refused);
  } finally {
    await store.close();
  }
}

function formatImportResult(fate: ImportResult): string {
  return fate.detail === undefined ? formatRecordCounts(fate.counts) : `${fate.kind}: ${fate.detail}`;
}
