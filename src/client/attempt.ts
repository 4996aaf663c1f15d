/** One request to a service, and what came of it: an answer, a refusal, or a failure that may pass. */
import { authorize, isPassing, problemOf, RefusedError, retryAfterMs, type Token, UnavailableError } from './answer.js';

/** How long a reading may take, milliseconds. */
const READING_MS = 30_000;

/** A failure that may pass, and the wait that the server asked for. */
export interface Failure {
  readonly error: UnavailableError;
  readonly retryAfterMs?: number | undefined;
}

/** One request. An answer that is cut in the middle is a failure as well. */
export async function attempt(
  url: URL,
  init: RequestInit,
  limitMs: number,
  signal?: AbortSignal,
): Promise<{ readonly answer: unknown } | Failure> {
  const limit = AbortSignal.timeout(limitMs);
  try {
    const response = await fetch(url, { ...init, signal: signal ? AbortSignal.any([signal, limit]) : limit });
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

/** Of whoever reads. */
export interface ReadOptions {
  readonly token?: Token;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** Reads what is at an address, by one request. @throws as it is documented of those who call this */
export async function read<T>(url: URL, { token, signal }: ReadOptions): Promise<T> {
  const headers = { accept: 'application/json', ...(await authorize(token)) };
  const result = await attempt(url, { headers }, READING_MS, signal);
  if ('error' in result) throw result.error;
  return result.answer as T;
}
