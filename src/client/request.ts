/** One request to a service, and what came of it: an answer, a refusal, or a failure that may pass. */
import { createAuthHeaders, type TokenSource } from './auth-headers.js';
import { isAuthError, readProblem, RefusedError, UnavailableError } from './errors.js';
import { isTransientStatus, readRetryAfterMs } from './retry.js';

/** How long a reading may take, milliseconds. */
const READ_TIMEOUT_MS = 30_000;

/** A failure that may pass, and the wait that the server asked for. */
interface TransientFailure {
  readonly error: UnavailableError;
  readonly retryAfterMs?: number | undefined;
}

type RequestResult = { readonly body: unknown } | TransientFailure;

/** Of whoever asks. */
export interface ReadOptions {
  readonly token?: TokenSource;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** One request; two when the first was refused for its token, and there is another one by now. @throws RefusedError */
export async function tryRequest(
  url: URL,
  init: RequestInit,
  timeoutMs: number,
  { token, signal }: ReadOptions = {},
): Promise<RequestResult> {
  const headers = await createAuthHeaders(token);
  try {
    return await sendRequest(url, init, headers, timeoutMs, signal);
  } catch (error) {
    if (typeof token !== 'function' || !(error instanceof RefusedError && isAuthError(error.problem))) throw error;
    const refreshed = await createAuthHeaders(token);
    if (refreshed['authorization'] === headers['authorization']) throw error;
    return sendRequest(url, init, refreshed, timeoutMs, signal);
  }
}

/** An answer that is cut in the middle is a failure as well. */
async function sendRequest(
  url: URL,
  init: RequestInit,
  authorization: Record<string, string>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<RequestResult> {
  const headers = { accept: 'application/json', ...(init.headers as Record<string, string>), ...authorization };
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      ...init,
      headers,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if (response.ok) return { body: await response.json() };
    const problem = await readProblem(response);
    if (!isTransientStatus(response.status)) throw new RefusedError(problem);
    return { error: new UnavailableError(problem.detail, problem), retryAfterMs: readRetryAfterMs(response) };
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof RefusedError) throw cause;
    return { error: new UnavailableError(`${url.origin} cannot be reached`, undefined, cause) };
  }
}

/** Reads what is at an address, by one request. @throws as it is documented of those who call this */
export async function requestJson<T>(url: URL, options: ReadOptions, init: RequestInit = {}): Promise<T> {
  const result = await tryRequest(url, init, READ_TIMEOUT_MS, options);
  if ('error' in result) throw result.error;
  return result.body as T;
}
