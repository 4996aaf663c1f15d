/** `tallyboard restore`: replaces an embedded database by a backup. */
import { errorMessage } from '../counters/errors.js';
import { restoreDatabase } from '../store/sqlite/restore.js';
import type { CommandEnvironment } from './bearer-token.js';
import { readDataDirectory } from './data-directory.js';
import { CommandError, EXIT } from './exit-codes.js';

/**
 * Replaces the embedded store by a backup.
 * @param directory directory of the store. Default: as the service, `DATA_DIR` or `./data`
 * @throws CommandError with the reason if the backup or the directory cannot be used; then the store is unchanged
 */
export function restoreStore(file: string, directory: string | undefined, env: CommandEnvironment): void {
  const into = directory ?? readDataDirectory(env);
  try {
    const { keptAs } = restoreDatabase(file, into);
    process.stdout.write(`restored ${file} into ${into}: every dashboard has a new epoch\n`);
    if (keptAs !== undefined) process.stdout.write(`the database that was there is kept as ${keptAs}\n`);
  } catch (error) {
    throw new CommandError(`restore failed: ${errorMessage(error)}`, EXIT.refused, error);
  }
}
