/**
 * Reads the bearer token from a file or a variable. Never from an argument, which other users can see in the process
 * list.
 */
import { readFileSync } from 'node:fs';
import { CommandError, EXIT } from './exit-codes.js';

/** Environment variables of the process. Only `tallyboard.ts` reads them; everything else gets them passed in. */
export type CommandEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * Returns a function that reads the token, since the file may be rewritten while a command runs. Undefined without a
 * token.
 * @throws CommandError if there is no valid token in the file or the variable
 */
export function createTokenReader(file: string | undefined, env: CommandEnvironment): (() => string) | undefined {
  const { TALLYBOARD_TOKEN: token } = env;
  if (file === undefined && !token) return undefined;
  const read = (): string =>
    file === undefined ? validateToken(token ?? '', 'TALLYBOARD_TOKEN') : validateToken(readTokenFile(file), file);
  read();
  return read;
}

function readTokenFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CommandError(`cannot read the token: ${String(error)}`, EXIT.usage, error);
  }
}

/** @throws CommandError if the token is invalid. The message does not contain it. */
function validateToken(token: string, source: string): string {
  if (/^[!-~]+$/.test(token)) return token;
  throw new CommandError(
    `no valid token in ${source}: a token must be visible ASCII characters without spaces`,
    EXIT.usage,
  );
}
