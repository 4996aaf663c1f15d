/** The service that a relay reads from and passes changes on to. */
import { Agent, type Dispatcher, fetch as fetchThrough } from 'undici';
import { EVENT_STREAM } from '../../client/event-stream.js';
import type { ReadOptions } from '../../client/request.js';
import { RefusedError, type ServerProblem, UnavailableError } from '../../client/errors.js';
import { ERROR_CATALOG } from '../../counters/error-catalog.js';
import { type ErrorCode, errorMessage, TallyError } from '../../counters/errors.js';
import { getCaller, HOPS_HEADER } from './relayed-caller.js';
import { ANSWER_TIMEOUT_MS, StreamPulse } from './stream-pulse.js';

/** Time to connect, milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;
/** Time until a read in the name of the relay begins to be answered, milliseconds. The start waits for one. */
const READ_TIMEOUT_MS = 5_000;
/** Longest silence of a response that has begun, milliseconds. Streams have their heartbeats. */
const BODY_TIMEOUT_MS = 60_000;
/** Status codes of redirections. A client of the relay could not follow one, and a change must not get lost in it. */
const REDIRECTIONS = new Set([301, 302, 303, 307, 308]);

/** Said of a server that answers, but not as a service does. */
export const NOT_TALLYBOARD = 'it does not answer as Tallyboard does: check UPSTREAM_URL';

export interface UpstreamOptions {
  /** Base URL; `unix:` and the path of a socket, or `parent:` if it is that of the parent process. */
  readonly url: string;
  /** Token of the relay itself. Empty: none. */
  readonly token: string;
}

export interface UpstreamRequest {
  readonly method: Dispatcher.HttpMethod;
  /** Path below the base URL, with its query. Sent as it is: no `..` is resolved. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Dispatcher.DispatchOptions['body'];
  readonly signal?: AbortSignal;
  /** Time until the response begins, milliseconds. */
  readonly timeoutMs: number;
  /** True for a stream, which may be silent for longer. */
  readonly isStream?: boolean;
}

export class Upstream {
  readonly #agent: Agent;
  readonly #pulse = new StreamPulse(() => this.#ask());
  readonly url: URL;
  readonly socketPath: string | undefined;
  /** True if nothing is between: no proxy, and no end of the upstream that this process outlives. */
  readonly isParent: boolean;
  /** Streams of changes that are open now. */
  openStreams = 0;
  /** `Authorization` of the relay itself. */
  readonly authorization: string | undefined;

  constructor({ url, token }: UpstreamOptions) {
    const [, scheme, socketPath] = /^(unix|parent):(.*)$/.exec(url) ?? [];
    this.url = new URL(socketPath === undefined ? url : 'http://localhost');
    this.socketPath = socketPath;
    this.isParent = scheme === 'parent';
    this.authorization = token === '' ? undefined : `Bearer ${token}`;
    this.#agent = new Agent({
      connect: { timeout: CONNECT_TIMEOUT_MS, ...(socketPath !== undefined && { socketPath }) },
      headersTimeout: READ_TIMEOUT_MS,
      bodyTimeout: BODY_TIMEOUT_MS,
    });
  }

  /** Options of the typed client, for reads in the name of the relay. */
  get readOptions(): Pick<ReadOptions, 'token' | 'fetch'> {
    const token = this.authorization?.slice('Bearer '.length);
    return { fetch: this.#fetch, ...(token !== undefined && { token }) };
  }

  /**
   * Sends a request.
   * @throws TallyError `store-unavailable` if there is no response, or a redirection; the reason of the signal
   */
  async request({
    path,
    headers,
    isStream = false,
    timeoutMs,
    ...rest
  }: UpstreamRequest): Promise<Dispatcher.ResponseData> {
    let answer: Dispatcher.ResponseData;
    try {
      // A URL would resolve `/a/..\\b` to `/b`: another path than the one that was checked.
      answer = await this.#agent.request({
        ...rest,
        origin: this.url.origin,
        path: `${this.url.pathname.replace(/\/$/, '')}${path}`,
        body: rest.body ?? null,
        headers: { ...headers, ...createHopsHeader() },
        headersTimeout: timeoutMs,
        ...(isStream && { bodyTimeout: 0 }),
      });
    } catch (cause) {
      rest.signal?.throwIfAborted();
      throw createUnreachableError(cause);
    }
    const { statusCode, headers: answered, body } = answer;
    if (!REDIRECTIONS.has(statusCode)) return answer;
    await body.dump();
    throw createUnreachableError(
      new Error(`it redirects to ${String(answered['location'])}: set UPSTREAM_URL to where it leads`),
    );
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  // The types of the package and those of the DOM differ in details that are not used.
  readonly #fetch = ((input: URL, init: RequestInit) => {
    const headers: Record<string, string> = { ...(init.headers as Record<string, string>), ...createHopsHeader() };
    const { signal } = init;
    const isStream = headers['accept']?.startsWith(EVENT_STREAM) === true;
    return fetchThrough(input, {
      ...(init as object),
      // The token of the relay is not for other servers.
      redirect: 'manual',
      ...(isStream && signal && { signal: AbortSignal.any([signal, this.#pulse.follow(signal)]) }),
      headers,
      dispatcher: this.#agent,
    });
  }) as unknown as typeof globalThis.fetch;

  /** Any answer is a sign of life. */
  async #ask(): Promise<void> {
    const { body } = await this.request({
      method: 'GET',
      path: '/health/live',
      headers: {},
      timeoutMs: ANSWER_TIMEOUT_MS,
    });
    await body.dump();
  }
}

/** Returns the header of a request to the upstream: one relay more than the present request has passed. */
export function createHopsHeader(): Record<typeof HOPS_HEADER, string> {
  return { [HOPS_HEADER]: String(getCaller().hops + 1) };
}

/** Returns the error of the catalogue for a refusal of the upstream. */
export function toTallyError(problem: Partial<ServerProblem>, retryAfterS?: number, replayed = false): TallyError {
  const { code, detail = 'the upstream refused the request', errors, near, oldest } = problem;
  if (code === undefined || !Object.hasOwn(ERROR_CATALOG, code)) return createUnreachableError(new Error(detail));
  return new TallyError(code as ErrorCode, detail, {
    replayed,
    ...(errors && { errors }),
    ...(near && { near }),
    ...(oldest && { oldest }),
    ...(retryAfterS !== undefined && { retryAfterS }),
  });
}

/** Returns the error for a read in the name of the relay that has failed. The caller is not to blame for its token. */
export function toReadError(error: unknown): TallyError {
  const problem = error instanceof RefusedError || error instanceof UnavailableError ? error.problem : undefined;
  if (!problem) return createUnreachableError(error);
  if (problem.status === 401 || problem.status === 403) return createTokenError(problem.detail);
  return toTallyError(problem);
}

export function createTokenError(detail: string): TallyError {
  return new TallyError('store-unavailable', `the upstream refuses this relay: ${detail}: check UPSTREAM_TOKEN`);
}

export function createUnreachableError(cause: unknown): TallyError {
  return new TallyError('store-unavailable', `the upstream cannot be reached: ${errorMessage(cause)}`, { cause });
}
