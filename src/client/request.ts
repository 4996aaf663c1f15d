/** Sends requests to a service and tells refusals from transient failures. */
import { createAuthHeaders, type TokenSource } from './auth-headers.js';
import { isAuthError, readProblem, RefusedError, UnavailableError } from './errors.js';
import { isTransientStatus, readRetryAfterMs } from './retry-delay.js';

const READ_TIMEOUT_MS = 30_000;

export interface ReadOptions {
  readonly token?: TokenSource;
  /** Aborts the request. */
  readonly signal?: AbortSignal;
}

/**
 * Requests JSON; sends the request a second time if the token was refused and its source now returns another one.
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

/** Sends one request. An incomplete response is a transient failure too. */
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
    failure = new UnavailableError(`cannot reach ${url.origin}`, undefined, cause);
  }
  signal?.throwIfAborted();
  throw failure;
}
