/** How a command ends, for scripts, and what it says of its failure. */
import { isAuthError } from '../client/errors.js';
import { RefusedError, UnavailableError } from '../client/client.js';

export const EXIT = { done: 0, refused: 1, usage: 2, unavailable: 3 } as const;

type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** For the end of every --help. */
export const EXIT_CODES_HELP = `
Exit codes:
  0  done
  1  refused by the server, or not possible
  2  wrong usage
  3  the server cannot be reached, or cannot serve at present`;

/** What the service says of it is of headers. */
const TOKEN_REMEDY = 'Give a token that the service takes: name a file with --token-file, or set TALLYBOARD_TOKEN.';

/** What was asked for cannot be: said to the user without a stack. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'CommandError';
  }
}

/** The exit code of an error and the lines that tell it. @throws the error when it is none that a command expects */
export function explainError(error: unknown): { readonly exitCode: ExitCode; readonly lines: readonly string[] } {
  if (error instanceof CommandError) return { exitCode: error.exitCode, lines: [error.message] };
  if (error instanceof RefusedError) {
    const { detail, errors = [], near = [], remedy } = error.problem;
    const fields = errors.map((field) => `  ${field.pointer}: ${field.detail}`);
    const suggestion = near.length > 0 ? [`Did you mean ${near.join(', ')}?`] : [];
    const advice = isAuthError(error.problem) ? TOKEN_REMEDY : remedy;
    return {
      exitCode: EXIT.refused,
      lines: [`refused: ${detail}`, ...fields, ...suggestion, ...(advice ? [advice] : [])],
    };
  }
  if (error instanceof UnavailableError) {
    const reason = findRootCauseMessage(error.cause);
    return { exitCode: EXIT.unavailable, lines: [reason ? `${error.message}: ${reason}` : error.message] };
  }
  throw error;
}

/** The innermost cause: `fetch` says no more than that it failed. */
function findRootCauseMessage(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  return findRootCauseMessage(cause.cause) || cause.message || ('code' in cause ? String(cause.code) : '');
}
