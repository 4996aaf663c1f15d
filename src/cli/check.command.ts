/** `tallyboard check`: looks for damage in an embedded database or a backup. */
import { errorMessage } from '../counters/errors.js';
import { getDatabasePath } from '../store/sqlite/database.js';
import { checkWholeDatabase } from '../store/sqlite/whole-check.js';
import type { CommandEnvironment } from './bearer-token.js';
import { readDataDirectory } from './data-directory.js';
import { CommandError, EXIT } from './exit-codes.js';
import { formatCount } from './transfer-progress.js';

/**
 * Prints each finding to stdout.
 * @param file a backup. Default: the database in `directory`
 * @param directory directory of the store. Default: as the service, `DATA_DIR` or `./data`
 * @throws CommandError if there is damage, or if the file cannot be read
 */
export function checkStore(file: string | undefined, directory: string | undefined, env: CommandEnvironment): void {
  const path = file ?? getDatabasePath(directory ?? readDataDirectory(env));
  let findings: number;
  try {
    findings = checkWholeDatabase(
      path,
      (finding) => process.stdout.write(`${finding}\n`),
      (note) => process.stdout.write(`note: ${note}\n`),
    );
  } catch (error) {
    throw new CommandError(`check failed: ${errorMessage(error)}`, EXIT.refused, error);
  }
  if (findings > 0) {
    const remedy =
      file === undefined
        ? 'restore a backup with `tallyboard restore`, or rebuild what can be read with `tallyboard repair`'
        : 'use another backup';
    throw new CommandError(`${path} is damaged (${formatCount(findings, 'finding')}): ${remedy}`, EXIT.refused);
  }
  process.stdout.write(`${path} has no damage\n`);
}
