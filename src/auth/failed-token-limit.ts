/** Tokens that were wrong, by the address that they came from: too many, and none is looked at for a while. */
import { LRUCache } from 'lru-cache';
import { TallyError } from '../counters/errors.js';
import { FixedWindowLimiter } from './rate-limiter.js';
import { toClientNetwork } from './client-address.js';

const FAILURE_WINDOW_MS = 60_000;
/** Most tokens that are known to have been right from an address. */
const MAX_VALID_TOKENS = 10_000;

export class FailedTokenLimit {
  readonly #limiter: FixedWindowLimiter;
  readonly #validTokens = new LRUCache<string, true>({ max: MAX_VALID_TOKENS });

  constructor(maxPerMinute: number) {
    this.#limiter = new FixedWindowLimiter(maxPerMinute, FAILURE_WINDOW_MS);
  }

  /**
   * A token that was right from there before goes on: a neighbour behind the same address cannot lock it out.
   * @param token what stands for it
   * @throws TallyError `too-many-failures`
   */
  assertAllowed(address: string, token = ''): void {
    const network = toClientNetwork(address);
    if (this.#limiter.getRemaining(network) > 0 || this.#validTokens.has(`${network} ${token}`)) return;
    const detail = `${this.#limiter.limit} tokens from your address were wrong within a minute`;
    throw new TallyError('too-many-failures', detail, { retryAfterS: this.#limiter.getResetInS(network) });
  }

  recordFailure(address: string): void {
    this.#limiter.consume(toClientNetwork(address));
  }

  /** A token was right. */
  recordSuccess(address: string, token: string): void {
    this.#validTokens.set(`${toClientNetwork(address)} ${token}`, true);
  }
}
