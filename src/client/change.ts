/** Changes counters. Retries transient failures under one idempotency key, so that a change counts once. */
import type { Change, Outcome } from '../counters/counters.js';
import { retry } from '../retry/retry.js';
import { buildResourceUrl } from './urls.js';
import type { TokenSource } from './auth-headers.js';
import { computeRequestRetryDelayMs } from './retry-delay.js';
import { requestJson } from './request.js';

export interface ChangeOptions {
  /** Default: `main`. */
  readonly dashboard?: string;
  /** Reason that the ledger records. */
  readonly reason?: string;
  /**
   * Idempotency key: 1 to 255 visible ASCII characters. It belongs to the token: repeat it with the same one.
   * Default: a random key.
   */
  readonly key?: string;
  readonly token?: TokenSource;
  /** Aborts the request and its retries. The change may have been counted nevertheless. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which no further retry starts. Default: 30,000. */
  readonly maxRetryMs?: number;
  /** Milliseconds that one attempt may take. Default: 10,000. */
  readonly attemptTimeoutMs?: number;
}

/**
 * Applies a change set of 1 to 1,000 changes: all of them or none. Retries network failures, 408, 425, 429 and 5xx with
 * the same key and honours `Retry-After`, until `maxRetryMs` has passed.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError if the server refuses the change (4xx); `problem` says why
 * @throws UnavailableError if the server could not be reached, or could not serve, in time. The change may have been
 *   counted: repeat it with the same `key` to be sure.
 * @throws the reason of `signal` when it is aborted
 */
export function change(
  url: string | URL,
  options: ChangeOptions & { readonly changes: readonly Change[] },
): Promise<Outcome> {
  return send(url, options);
}

/**
 * Takes back a revision, once: the opposite of its ledger entry is booked now, as a revision of its own, which can be
 * undone in turn. Retries and throws as {@link change} does; a RefusedError has the code `already-undone` if something
 * else has undone it, and `not-undoable` if nothing can.
 */
export function undo(url: string | URL, options: ChangeOptions & { readonly revision: number }): Promise<Outcome> {
  return send(url, options);
}

interface SendOptions extends ChangeOptions {
  readonly changes?: readonly Change[];
  /** Revision to take back, in place of changes. */
  readonly revision?: number;
}

/** Sends a change set under one key until it is answered. */
async function send(url: string | URL, options: SendOptions): Promise<Outcome> {
  const { dashboard = 'main', changes, revision, reason, key = createIdempotencyKey(), signal } = options;
  const { maxRetryMs = 30_000, attemptTimeoutMs = 10_000 } = options;
  const address = buildResourceUrl(url, dashboard, 'changes');
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const body = JSON.stringify({ changes, undoes: revision, reason });
  return retry(
    () => requestJson<Outcome>(address, options, { method: 'POST', headers, body }, attemptTimeoutMs),
    computeRequestRetryDelayMs,
    performance.now() + maxRetryMs,
    signal,
  );
}

/** Adds `amount` (an integer from 1 to 2^53 - 1) to a counter. Retries and throws as {@link change} does. */
export function add(url: string | URL, counter: string, amount = 1, options: ChangeOptions = {}): Promise<Outcome> {
  return send(url, { ...options, changes: [{ counter, by: amount }] });
}

/**
 * Subtracts `amount` from a counter. Removing more than the counter holds throws a RefusedError with the code
 * `nothing-to-remove` and changes nothing. Retries and throws as {@link change} does.
 */
export function remove(url: string | URL, counter: string, amount = 1, options: ChangeOptions = {}): Promise<Outcome> {
  return add(url, counter, -amount, options);
}

/** Returns 128 random bits. `crypto.randomUUID` does not exist on pages that were loaded over plain HTTP. */
function createIdempotencyKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}
