/** The errors that the client throws. */
import type { FieldError } from '../counters/errors.js';
import { CLOSE_CODES } from '../protocol/close-codes.js';

/** A refusal as problem details (RFC 9457). Responses of proxies have only `status`, `title` and `detail`. */
export interface ServerProblem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** URI that identifies the kind of problem. */
  readonly type?: string;
  /** Code of the error catalogue, for example `nothing-to-remove`. */
  readonly code?: string;
  /** Advice for the caller. */
  readonly remedy?: string;
  /** The invalid fields of the request. */
  readonly errors?: readonly FieldError[];
  /** Known names similar to an unknown one, most similar first. */
  readonly near?: readonly string[];
  /** The oldest ledger entry that is kept, or the first one to come. */
  readonly oldest?: { readonly epoch: string; readonly revision: number };
}

/** The server refused the request. Repeating the same request will not help. */
export class RefusedError extends Error {
  constructor(readonly problem: ServerProblem) {
    super(problem.detail);
    this.name = 'RefusedError';
  }
}

/** The server could not be reached or could not serve. `problem` is its last response, `cause` the network error. */
export class UnavailableError extends Error {
  constructor(
    message: string,
    readonly problem?: ServerProblem,
    cause?: unknown,
    /** Milliseconds that the server asks the client to wait. */
    readonly retryAfterMs?: number,
  ) {
    super(message, { cause });
    this.name = 'UnavailableError';
  }
}

/** True if the token is missing, unknown or expired. */
export function isAuthError(problem?: ServerProblem, closeCode?: number): boolean {
  return problem?.status === 401 || closeCode === CLOSE_CODES.tokenInvalid.code;
}

/** Reads the body of an error response; falls back to the status line if the body is not JSON. */
export async function readProblem(response: Response): Promise<ServerProblem> {
  const { status, statusText } = response;
  const title = statusText || `HTTP ${status}`;
  const body: unknown = await response.json().catch(() => undefined);
  return { status, title, detail: title, ...(typeof body === 'object' ? body : undefined) };
}
