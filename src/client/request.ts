/** Sends requests to a service and tells refusals from transient failures. */
import { addTicket, createAuthHeaders, type TicketSource, type TokenSource } from './auth-headers.js';
import { isAuthError, readProblem, RefusedError, UnavailableError } from './errors.js';
import { isTransientStatus, readRetryAfterMs } from './retry-delay.js';

const READ_TIMEOUT_MS = 30_000;

export interface ReadOptions {
  readonly token?: TokenSource;
  /** In place of a token, where the route takes tickets: snapshots, definition, changes, history and periods. */
  readonly ticket?: TicketSource | undefined;
  /** Aborts the request. */
  readonly signal?: AbortSignal;
  /** Sends the request in place of the global `fetch`, for example through a proxy. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Reads the body of a successful response, and whatever of its headers is needed. */
type ReadResponse<T> = (response: Response) => Promise<T>;

interface SentRequest<T> {
  readonly url: URL;
  readonly init: RequestInit;
  readonly timeoutMs: number;
  readonly read: ReadResponse<T>;
  readonly signal: AbortSignal | undefined;
  readonly fetch: typeof globalThis.fetch | undefined;
}

/** Returns undefined for a response without content. */
export async function readJson<T>(response: Response): Promise<T> {
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/**
 * Requests JSON, undefined for a response without content (204); sends the request a second time if the token was
 * refused and its source now returns another one.
 * @throws RefusedError, UnavailableError, or the reason of the signal
 */
export async function requestJson<T>(
  url: URL,
  { token, ticket, signal, fetch }: ReadOptions,
  init: RequestInit = {},
  timeoutMs = READ_TIMEOUT_MS,
  read: ReadResponse<T> = readJson<T>,
): Promise<T> {
  const headers = await createAuthHeaders(token);
  const address = await addTicket(url, ticket);
  const send = (authorization: Record<string, string>): Promise<T> =>
    sendRequest({ url: address, init, timeoutMs, read, signal, fetch }, authorization);
  try {
    return await send(headers);
  } catch (error) {
    if (typeof token !== 'function' || !(error instanceof RefusedError && isAuthError(error.problem))) throw error;
    const refreshed = await createAuthHeaders(token);
    if (refreshed['authorization'] === headers['authorization']) throw error;
    return send(refreshed);
  }
}

/** Sends one request. An incomplete response is a transient failure too. */
async function sendRequest<T>(
  { url, init, timeoutMs, read, signal, fetch = globalThis.fetch }: SentRequest<T>,
  authorization: Record<string, string>,
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
    if (response.ok) return await read(response);
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
