/** `tallyboard import`: dashboards of an export into a store, each whole or not at all. */
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type Fate, importDashboards } from '../export-format/import.js';
import { countsText } from '../export-format/line-format.js';
import { CommandError, EXIT } from './exit-codes.js';
import type { Environment } from './bearer-token.js';
import { type Place, placeOf, type PlaceOptions } from './store-location.js';
import { commandErrorOf, dashboardsText, Progress } from './transfer-progress.js';

export interface ImportOptions extends PlaceOptions {
  readonly dashboard: readonly string[];
  readonly replace?: boolean;
}

/**
 * Reads an export.
 * @param file where from; stdin when left out
 * @throws CommandError when it is not possible, or some dashboards were refused
 */
export async function importStore(file: string | undefined, options: ImportOptions, env: Environment): Promise<void> {
  if (file === undefined && process.stdin.isTTY) {
    throw new CommandError('name the file of the export, or give it on stdin: tallyboard import < file', EXIT.usage);
  }
  const place = placeOf(options, env);
  const progress = new Progress();
  try {
    const input: Readable = file === undefined ? process.stdin : (await open(file)).createReadStream();
    try {
      await bring(input, place, options, progress);
    } finally {
      input.destroy();
    }
  } catch (error) {
    throw commandErrorOf(error, `${place.shown}: the import has stopped`);
  }
}

async function bring(input: Readable, place: Place, options: ImportOptions, progress: Progress): Promise<void> {
  const store = await place.openImport();
  try {
    const { imported, skipped, refused } = await importDashboards(store, input, {
      wanted: options.dashboard,
      replace: options.replace ?? false,
      told: ({ name }, fate) => progress.tell(name, textOf(fate), fate.kind !== 'underway'),
    });
    progress.say(`${place.shown}: imported ${dashboardsText(imported)}, skipped ${skipped}, refused ${refused}`);
    if (refused > 0) throw new CommandError('what was refused is as it was', EXIT.refused);
  } finally {
    await store.close();
  }
}

function textOf(fate: Fate): string {
  return fate.detail === undefined ? countsText(fate.counts) : `${fate.kind}: ${fate.detail}`;
}
