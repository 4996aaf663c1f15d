/** Errors of requests to a service: what it answered, and whether the token is at fault. */
import type { FieldError } from '../counters/errors.js';
import { CLOSE_CODES } from '../protocol/close-codes.js';

/** Why a request was refused (RFC 9457). What did not come from Tallyboard itself has `status`, `title` and `detail` only. */
export interface ServerProblem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Stable identifier of the kind of problem. */
  readonly type?: string;
  /** Code of the error catalogue, for example `nothing-to-remove`. */
  readonly code?: string;
  /** What the caller can do. */
  readonly remedy?: string;
  /** The places of the request that are wrong. */
  readonly errors?: readonly FieldError[];
  /** Names that are near an unknown one, nearest first. */
  readonly near?: readonly string[];
}

/** The server was reached and said no: the same request will meet the same answer. */
export class RefusedError extends Error {
  constructor(readonly problem: ServerProblem) {
    super(problem.detail);
    this.name = 'RefusedError';
  }
}

/** The server could not be reached, or was not able to serve. `problem` is what it said last, `cause` what the network did. */
export class UnavailableError extends Error {
  constructor(
    message: string,
    readonly problem?: ServerProblem,
    cause?: unknown,
    /** How long the server wants to be left alone, milliseconds. */
    readonly retryAfterMs?: number,
  ) {
    super(message, { cause });
    this.name = 'UnavailableError';
  }
}

/** Whether the token is at fault: it is missing, or is no longer, or never was, one that the server knows. */
export function isAuthError(problem?: ServerProblem, closeCode?: number): boolean {
  return problem?.status === 401 || closeCode === CLOSE_CODES.tokenInvalid.code;
}

export async function readProblem(response: Response): Promise<ServerProblem> {
  const { status, statusText } = response;
  const title = statusText || `HTTP ${status}`;
  const body: unknown = await response.json().catch(() => undefined);
  return { status, title, detail: title, ...(typeof body === 'object' ? body : undefined) };
}
