/** Exit codes of the commands, and the messages of their errors. */
import { isAuthError } from '../client/errors.js';
import { getFieldName } from '../counters/errors.js';
import { RefusedError, UnavailableError } from '../client/client.js';

export const EXIT = { done: 0, refused: 1, usage: 2, unavailable: 3, incomplete: 4 } as const;

type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `
Exit codes:
  0  success
  1  refused by the server, or failed
  2  invalid usage
  3  server unreachable or unavailable
  4  repaired, but something is lost`;

/** Replaces the service's remedy, which speaks of headers. */
const TOKEN_REMEDY = 'Pass a valid token: name its file with --token-file, or set TALLYBOARD_TOKEN.';

/** Replaces the service's remedy, which speaks of headers. */
const LEDGER_GONE_REMEDY = 'Begin anew with another file, or without --after: the first line is the oldest entry then.';

/** An expected failure: printed without a stack trace. */
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

/** Returns the exit code and the message of an expected error. @throws any other error */
export function explainError(error: unknown): { readonly exitCode: ExitCode; readonly lines: readonly string[] } {
  if (error instanceof CommandError) return { exitCode: error.exitCode, lines: [error.message] };
  if (error instanceof RefusedError) {
    const { detail, errors = [], remedy, code } = error.problem;
    const fields = errors.map((field) => `  ${getFieldName(field)}: ${field.detail}`);
    const advice = isAuthError(error.problem) ? TOKEN_REMEDY : code === 'ledger-gone' ? LEDGER_GONE_REMEDY : remedy;
    return {
      exitCode: EXIT.refused,
      lines: [`refused: ${detail}`, ...fields, ...(advice ? [advice] : [])],
    };
  }
  if (error instanceof UnavailableError) {
    const reason = findRootCauseMessage(error.cause);
    return { exitCode: EXIT.unavailable, lines: [reason ? `${error.message}: ${reason}` : error.message] };
  }
  throw error;
}

/** Returns the message of the innermost cause, since the error of `fetch` says only that it failed. */
function findRootCauseMessage(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  return findRootCauseMessage(cause.cause) || cause.message || ('code' in cause ? String(cause.code) : '');
}
