/** The bearer token of a command: from a file or a variable, never from the command line, which others can see. */
import { readFileSync } from 'node:fs';
import { CommandError, EXIT } from './exit-codes.js';

/** The variables of the process. Read by the entry alone, and passed on. */
export type CommandEnvironment = Readonly<Record<string, string | undefined>>;

/** Gives the token each time that it is needed: a file may be written anew. Undefined when there is none. */
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
    throw new CommandError(`the token cannot be read: ${String(error)}`, EXIT.usage, error);
  }
}

/** What is wrong with it is told without it. */
function validateToken(token: string, source: string): string {
  if (/^[!-~]+$/.test(token)) return token;
  throw new CommandError(
    `there is no token in ${source}: it has to be visible ASCII characters, without spaces`,
    EXIT.usage,
  );
}
