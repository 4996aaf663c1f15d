/** One request to a service, and what came of it: an answer, a refusal, or a failure that may pass. */
import { createAuthHeaders, type TokenSource } from './auth-headers.js';
import { isAuthError, readProblem, RefusedError, UnavailableError } from './errors.js';
import { isTransientStatus, readRetryAfterMs } from './retry.js';

/** How long a reading may take, milliseconds. */
const READ_TIMEOUT_MS = 30_000;

/** Of whoever asks. */
export interface ReadOptions {
  readonly token?: TokenSource;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/**
 * One request; two when the first was refused for its token, and there is another one by now.
 * @throws RefusedError, UnavailableError, or the reason of the signal
 */
export async function requestJson<T>(
  url: URL,
  { token, signal }: ReadOptions,
  init: RequestInit = {},
  timeoutMs = READ_TIMEOUT_MS,
): Promise<T> {
  const headers = await createAuthHeaders(token);
  try {
    return await sendRequest<T>(url, init, headers, timeoutMs, signal);
  } catch (error) {
    if (typeof token !== 'function' || !(error instanceof RefusedError && isAuthError(error.problem))) throw error;
    const refreshed = await createAuthHeaders(token);
    if (refreshed['authorization'] === headers['authorization']) throw error;
    return sendRequest<T>(url, init, refreshed, timeoutMs, signal);
  }
}

/** An answer that is cut in the middle is a failure as well. */
async function sendRequest<T>(
  url: URL,
  init: RequestInit,
  authorization: Record<string, string>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<T> {
  const headers = { accept: 'application/json', ...(init.headers as Record<string, string>), ...authorization };
  const timeout = AbortSignal.timeout(timeoutMs);
  let failure: RefusedError | UnavailableError;
  try {
    const response = await fetch(url, {
      ...init,
      headers,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if (response.ok) return (await response.json()) as T;
    const problem = await readProblem(response);
    failure = isTransientStatus(response.status)
      ? new UnavailableError(problem.detail, problem, undefined, readRetryAfterMs(response))
      : new RefusedError(problem);
  } catch (cause) {
    failure = new UnavailableError(`${url.origin} cannot be reached`, undefined, cause);
  }
  signal?.throwIfAborted();
  throw failure;
}
