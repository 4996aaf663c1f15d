/** Limits failed token attempts per client network and minute, against guessing. */
import { LRUCache } from 'lru-cache';
import { TallyError } from '../counters/errors.js';
import { FixedWindowLimiter } from './rate-limiter.js';
import { toClientNetwork } from '../http/client-network.js';

const FAILURE_WINDOW_MS = 60_000;
/** Number of valid tokens to remember, each with its network. */
const MAX_VALID_TOKENS = 10_000;

export class FailedTokenLimit {
  readonly #limiter: FixedWindowLimiter;
  readonly #validTokens = new LRUCache<string, true>({ max: MAX_VALID_TOKENS });

  constructor(maxPerMinute: number) {
    this.#limiter = new FixedWindowLimiter(maxPerMinute, FAILURE_WINDOW_MS);
  }

  /**
   * Throws once a network has used up its failures. Tokens that were valid from there before are still accepted: other
   * clients behind the same address cannot lock them out.
   * @param token digest of the token
   * @throws TallyError `too-many-failures`
   */
  assertAllowed(address: string, token = ''): void {
    const network = toClientNetwork(address);
    if (this.#limiter.getRemaining(network) > 0 || this.#validTokens.has(`${network} ${token}`)) return;
    const detail = `${this.#limiter.limit} token attempts from your address failed within a minute`;
    throw new TallyError('too-many-failures', detail, { retryAfterS: this.#limiter.getResetInS(network) });
  }

  recordFailure(address: string): void {
    this.#limiter.consume(toClientNetwork(address));
  }

  /** Remembers a valid token of a network. */
  recordSuccess(address: string, token: string): void {
    this.#validTokens.set(`${toClientNetwork(address)} ${token}`, true);
  }
}
