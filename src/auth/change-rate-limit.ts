/** Limits changes per second and token: refuses requests over the limit, and slows down bulk uploads. */
import type { ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Request } from 'express';
import { TallyError } from '../counters/errors.js';
import { getPrincipal } from './authorizer.js';
import { FixedWindowLimiter } from './rate-limiter.js';
import { shareLimiter } from './usage-exchange.js';
import { toClientNetwork } from '../http/client-network.js';
import type { ClientAddress } from './client-address.js';

const RATE_WINDOW_S = 1;
/**
 * RateLimit headers are sent when fewer than this, or than a tenth of the limit, remain: they cost a twelfth of a
 * change, and clients have no use for them earlier.
 */
const LOW_REMAINING = 100;

export class ChangeRateLimit {
  readonly #limiter: FixedWindowLimiter | undefined;
  /** Value of `RateLimit-Policy`. */
  readonly #policyHeader: string;

  /** @param maxPerSecond 0 for no limit */
  constructor(
    maxPerSecond: number,
    private readonly address: ClientAddress,
  ) {
    this.#policyHeader = `"changes";q=${maxPerSecond};w=${RATE_WINDOW_S}`;
    this.#limiter = maxPerSecond > 0 ? new FixedWindowLimiter(maxPerSecond, RATE_WINDOW_S * 1_000) : undefined;
    if (this.#limiter) shareLimiter('changes', this.#limiter);
  }

  get hasLimit(): boolean {
    return this.#limiter !== undefined;
  }

  /**
   * Counts the changes of a request. Adds RateLimit headers if few remain (draft-ietf-httpapi-ratelimit-headers-10).
   * @throws TallyError `too-many-changes`
   */
  consume(request: Request, response: ServerResponse): void {
    const limiter = this.#limiter;
    if (!limiter) return;
    const key = this.#toLimiterKey(request);
    const { limit } = limiter;
    const isAllowed = limiter.consume(key, countChanges(request.body));
    const remaining = limiter.getRemaining(key);
    if (isAllowed && remaining >= Math.max(LOW_REMAINING, limit / 10)) return;
    const resetInS = limiter.getResetInS(key);
    response.setHeader('RateLimit-Policy', this.#policyHeader);
    response.setHeader('RateLimit', `"changes";r=${remaining};t=${resetInS}`);
    if (!isAllowed) throw createRefusal(limit, resetInS);
  }

  /** Counts the changes of a line if they are allowed. @returns the refusal if they are not */
  findRefusal(request: Request, changes: readonly unknown[]): TallyError | undefined {
    const limiter = this.#limiter;
    if (!limiter) return undefined;
    const key = this.#toLimiterKey(request);
    const isAllowed = limiter.consume(key, Math.max(1, changes.length));
    return isAllowed ? undefined : createRefusal(limiter.limit, limiter.getResetInS(key));
  }

  /** Waits until at least one of `wanted` changes is allowed. @returns how many are */
  async consumeUpTo(request: Request, wanted: number): Promise<number> {
    const limiter = this.#limiter;
    if (!limiter) return wanted;
    const key = this.#toLimiterKey(request);
    while (limiter.getRemaining(key) < 1) await setTimeout(limiter.getResetInMs(key));
    const granted = Math.min(wanted, limiter.getRemaining(key));
    limiter.consume(key, granted);
    return granted;
  }

  /** Anonymous clients are limited by network. */
  #toLimiterKey(request: Request): string {
    const { name } = getPrincipal(request);
    return name === undefined ? `at ${toClientNetwork(this.address.getAddress(request))}` : `named ${name}`;
  }
}

function createRefusal(limit: number, retryAfterS: number): TallyError {
  return new TallyError('too-many-changes', `the limit is ${limit} changes per second and token`, { retryAfterS });
}

/** Counts the changes of a body. An invalid body counts as one and is refused later. */
function countChanges(body: unknown): number {
  const changes: unknown = typeof body === 'object' && body !== null && 'changes' in body ? body.changes : undefined;
  return Array.isArray(changes) ? Math.max(1, changes.length) : 1;
}
