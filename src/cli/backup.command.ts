/** `tallyboard backup`: a consistent copy of an embedded store, which may be in use. */
import { errorMessage } from '../counters/errors.js';
import { Config } from '../config/config.js';
import { backupDatabase } from '../store/sqlite/backup.js';
import { CommandError, EXIT } from './exit-codes.js';
import type { CommandEnvironment } from './bearer-token.js';

/** Copies the store of a directory to a file that is not there yet. @throws CommandError when that is not possible */
export function backupStore(file: string, directory: string | undefined, env: CommandEnvironment): void {
  const { TALLYBOARD_DATA_DIR: prefixed, DATA_DIR: bare } = env;
  const from = directory ?? (prefixed || bare || new Config().DATA_DIR);
  try {
    backupDatabase(from, file);
  } catch (error) {
    throw new CommandError(`no backup was made: ${errorMessage(error)}`, EXIT.refused, error);
  }
  process.stdout.write(`${file} is a copy of the store in ${from}\n`);
}
