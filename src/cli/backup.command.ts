/** `tallyboard backup`: copies an embedded database while it is in use. */
import { errorMessage } from '../counters/errors.js';
import { backupDatabase } from '../store/sqlite/backup.js';
import { readDataDirectory } from './data-directory.js';
import { CommandError, EXIT } from './exit-codes.js';
import type { CommandEnvironment } from './bearer-token.js';

/**
 * Copies the embedded store to a file that must not exist yet.
 * @param directory directory of the store. Default: as the service, `DATA_DIR` or `./data`
 * @throws CommandError with the reason if the copy fails
 */
export function backupStore(file: string, directory: string | undefined, env: CommandEnvironment): void {
  const from = directory ?? readDataDirectory(env);
  try {
    backupDatabase(from, file);
  } catch (error) {
    throw new CommandError(`backup failed: ${errorMessage(error)}`, EXIT.refused, error);
  }
  process.stdout.write(`copied the store in ${from} to ${file}\n`);
}
