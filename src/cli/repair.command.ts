/** `tallyboard repair`: rebuilds a damaged embedded database as a new file. */
import { Config } from '../config/config.js';
import { errorMessage } from '../counters/errors.js';
import { repairDatabase } from '../store/sqlite/repair/repair.js';
import type { CommandEnvironment } from './bearer-token.js';
import { readDataDirectory } from './data-directory.js';
import { CommandError, EXIT } from './exit-codes.js';
import { formatCount } from './transfer-progress.js';

/**
 * Prints what is damaged, repaired and lost to stdout.
 * @param file path of the new database
 * @param directory directory of the store. Default: as the service, `DATA_DIR` or `./data`
 * @throws CommandError if nothing could be written, or if something is lost
 */
export function repairStore(file: string, directory: string | undefined, env: CommandEnvironment): void {
  const from = directory ?? readDataDirectory(env);
  let result: ReturnType<typeof repairDatabase>;
  try {
    const settings = { keyTtlMs: new Config().IDEMPOTENCY_KEY_TTL_S * 1_000 };
    result = repairDatabase(from, file, settings, (line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    throw new CommandError(`repair failed: ${errorMessage(error)}`, EXIT.refused, error);
  }
  const { dashboards, counters, repairs, losses } = result;
  process.stdout.write(
    `wrote ${file} with ${formatCount(dashboards, 'dashboard')} and ${formatCount(counters, 'counter')}, ` +
      `${formatCount(repairs, 'repair')}: put it in place with \`tallyboard restore ${file} --data-dir ${from}\`\n`,
  );
  if (losses > 0)
    throw new CommandError(`something is lost: read the ${formatCount(losses, 'line')} with "lost"`, EXIT.incomplete);
}
