/** Changes counters: retries what may be retried, under one key, so that a retry never counts twice. */
import type { Change, Outcome } from '../counters/counters.js';
import { retry } from '../retry/retry.js';
import { buildResourceUrl } from './urls.js';
import type { TokenSource } from './auth-headers.js';
import { computeRequestRetryDelayMs } from './retry.js';
import { requestJson } from './request.js';

export interface ChangeOptions {
  /** `main` when left out. */
  readonly dashboard?: string;
  /** Why, for the ledger. */
  readonly reason?: string;
  /** Idempotency key: 1 to 255 visible ASCII characters. A random one when left out. */
  readonly key?: string;
  readonly token?: TokenSource;
  /** Ends the waiting. Whether the change was counted is then not known. */
  readonly signal?: AbortSignal;
  /** How long it is tried altogether, milliseconds; 30,000 when left out. */
  readonly maxRetryMs?: number;
  /** How long one attempt may take, milliseconds; 10,000 when left out. */
  readonly attemptTimeoutMs?: number;
}

/**
 * Applies a change set: 1 to 1,000 changes, all or none. Network failures, 429 and 5xx are retried with the same key, not before
 * `Retry-After`, until `maxRetryMs` is over.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError when the server says no (4xx); `problem` says why
 * @throws UnavailableError when it could not be reached, or was not able to, in time. The change may have been counted: retry
 *   with the same `key` to be sure
 * @throws the reason of `signal` when it was aborted
 */
export async function change(
  url: string | URL,
  { changes, ...options }: ChangeOptions & { readonly changes: readonly Change[] },
): Promise<Outcome> {
  const { dashboard = 'main', reason, key = createIdempotencyKey(), signal } = options;
  const { maxRetryMs = 30_000, attemptTimeoutMs = 10_000 } = options;
  const address = buildResourceUrl(url, dashboard, 'changes');
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const body = JSON.stringify({ changes, reason });
  return retry(
    () => requestJson<Outcome>(address, options, { method: 'POST', headers, body }, attemptTimeoutMs),
    computeRequestRetryDelayMs,
    performance.now() + maxRetryMs,
    signal,
  );
}

/** `counter` + `amount`: a whole number, 1 to 10^9. As `change`. */
export function add(url: string | URL, counter: string, amount = 1, options: ChangeOptions = {}): Promise<Outcome> {
  return change(url, { ...options, changes: [{ counter, by: amount }] });
}

/** `counter` - `amount`. More than there is: RefusedError `nothing-to-remove`, and nothing changes. As `change`. */
export function remove(url: string | URL, counter: string, amount = 1, options: ChangeOptions = {}): Promise<Outcome> {
  return change(url, { ...options, changes: [{ counter, by: -amount }] });
}

/** 128 random bits. `crypto.randomUUID` is not there on pages that came over plain HTTP. */
function createIdempotencyKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}
