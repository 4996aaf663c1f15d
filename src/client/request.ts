/** One request to a service, and what came of it: an answer, a refusal, or a failure that may pass. */
import {
  authorize,
  isOfToken,
  isPassing,
  problemOf,
  RefusedError,
  retryAfterMs,
  type Token,
  UnavailableError,
} from './errors.js';

/** How long a reading may take, milliseconds. */
const READING_MS = 30_000;

/** A failure that may pass, and the wait that the server asked for. */
export interface Failure {
  readonly error: UnavailableError;
  readonly retryAfterMs?: number | undefined;
}

export type Result = { readonly answer: unknown } | Failure;

/** Of whoever asks. */
export interface ReadOptions {
  readonly token?: Token;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** One request; two when the first was refused for its token, and there is another one by now. @throws RefusedError */
export async function attempt(
  url: URL,
  init: RequestInit,
  limitMs: number,
  { token, signal }: ReadOptions = {},
): Promise<Result> {
  const first = await authorize(token);
  try {
    return await send(url, init, first, limitMs, signal);
  } catch (error) {
    if (typeof token !== 'function' || !(error instanceof RefusedError && isOfToken(error.problem))) throw error;
    const fresh = await authorize(token);
    if (fresh['authorization'] === first['authorization']) throw error;
    return send(url, init, fresh, limitMs, signal);
  }
}

/** An answer that is cut in the middle is a failure as well. */
async function send(
  url: URL,
  init: RequestInit,
  authorization: Record<string, string>,
  limitMs: number,
  signal?: AbortSignal,
): Promise<Result> {
  const headers = { accept: 'application/json', ...(init.headers as Record<string, string>), ...authorization };
  const limit = AbortSignal.timeout(limitMs);
  try {
    const response = await fetch(url, { ...init, headers, signal: signal ? AbortSignal.any([signal, limit]) : limit });
    if (response.ok) return { answer: await response.json() };
    const problem = await problemOf(response);
    if (!isPassing(response.status)) throw new RefusedError(problem);
    return { error: new UnavailableError(problem.detail, problem), retryAfterMs: retryAfterMs(response) };
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof RefusedError) throw cause;
    return { error: new UnavailableError(`${url.origin} cannot be reached`, undefined, cause) };
  }
}

/** Reads what is at an address, by one request. @throws as it is documented of those who call this */
export async function read<T>(url: URL, options: ReadOptions, init: RequestInit = {}): Promise<T> {
  const result = await attempt(url, init, READING_MS, options);
  if ('error' in result) throw result.error;
  return result.answer as T;
}
