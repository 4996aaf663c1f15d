/** What the answer to a request means for a client: whose fault, for how long, and how to send a token with the request. */
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
  ) {
    super(message, { cause });
    this.name = 'UnavailableError';
  }
}

/**
 * A bearer token, or what gives the present one each time that it is needed. A function is asked once more when its token is
 * refused: it may have been replaced. A token never becomes part of an address.
 */
export type TokenSource = string | (() => string | Promise<string>);

/** The headers that carry a token. @throws RangeError for what is none: an error of `fetch` would have it in its message */
export async function createAuthHeaders(token: TokenSource | undefined): Promise<Record<string, string>> {
  if (token === undefined) return {};
  const text = typeof token === 'string' ? token : await token();
  if (!/^[!-~]+$/.test(text)) throw new RangeError('a token has visible ASCII characters only');
  return { authorization: `Bearer ${text}` };
}

/** Whether the token is at fault: it is missing, or is no longer, or never was, one that the server knows. */
export function isAuthError(problem?: ServerProblem, closeCode?: number): boolean {
  return problem?.status === 401 || closeCode === CLOSE_CODES.tokenInvalid.code;
}

/** Whether the same request can meet another answer later: the fault is not the request's. */
export function isTransientStatus(status: number): boolean {
  return status < 400 || status >= 500 || status === 408 || status === 425 || status === 429;
}

export async function readProblem(response: Response): Promise<ServerProblem> {
  const { status, statusText } = response;
  const title = statusText || `HTTP ${status}`;
  const body: unknown = await response.json().catch(() => undefined);
  return { status, title, detail: title, ...(typeof body === 'object' ? body : undefined) };
}

/** What `Retry-After` asks for: seconds or a date (RFC 9110, 10.2.3), here in milliseconds. */
export function readRetryAfterMs({ headers }: Response): number | undefined {
  const text = headers.get('retry-after');
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return ms >= 0 ? ms : undefined;
}

/** The longest time that a timer can wait; it fires at once when asked for more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * How long to wait before trying again, milliseconds: what the server asked for, and a random part, which grows from failure to
 * failure. Without it, all clients of a server that went away would come back at once.
 */
export function computeRetryDelayMs(failures: number, initialMs: number, maxMs: number, retryAfterMs = 0): number {
  return Math.min(retryAfterMs + Math.random() * Math.min(initialMs * 2 ** failures, maxMs), MAX_TIMER_MS);
}
