/**
 * Limits failed token attempts per client network and minute. A network that has used them up is locked out: what is
 * wrong gets 429, and what is right still passes, because many clients can share an address.
 */
import { LRUCache } from 'lru-cache';
import { TallyError } from '../counters/errors.js';
import { FixedWindowLimiter } from './rate-limiter.js';
import { shareLimiter } from './usage-exchange.js';
import { toClientNetwork } from '../http/client-network.js';

const FAILURE_WINDOW_MS = 60_000;
/** Number of accepted tokens to remember, each with its network. */
const MAX_ACCEPTED_TOKENS = 10_000;
const VERIFICATION_WINDOW_MS = 1_000;
/**
 * New JWTs whose signatures are checked per second for one locked-out network, and for all of them. A check costs about
 * as much as a request; these are at most 2 % of a processor core.
 */
const MAX_VERIFICATIONS_PER_NETWORK = 20;
const MAX_VERIFICATIONS = 200;
/** Static tokens per second of a locked-out network among which one that can be guessed may be the right one. */
const MAX_GUESSES_PER_NETWORK = 5;
const GUESS_WINDOW_MS = 1_000;

export class FailedTokenLimit {
  readonly #failures: FixedWindowLimiter;
  readonly #acceptedTokens = new LRUCache<string, true>({ max: MAX_ACCEPTED_TOKENS });
  readonly #networkVerifications = new FixedWindowLimiter(MAX_VERIFICATIONS_PER_NETWORK, VERIFICATION_WINDOW_MS);
  readonly #guesses = new FixedWindowLimiter(MAX_GUESSES_PER_NETWORK, GUESS_WINDOW_MS);
  readonly #verifications = new FixedWindowLimiter(MAX_VERIFICATIONS, VERIFICATION_WINDOW_MS);

  constructor(maxPerMinute: number) {
    this.#failures = new FixedWindowLimiter(maxPerMinute, FAILURE_WINDOW_MS);
    shareLimiter('failed-tokens', this.#failures);
  }

  /**
   * True if a network has used up its failures, and a token was not accepted from it before.
   * @param token digest of the token
   */
  isLockedOut(address: string, token: string): boolean {
    const network = toClientNetwork(address);
    return this.#failures.getRemaining(network) < 1 && !this.#acceptedTokens.has(`${network} ${token}`);
  }

  /** Remembers a token that was accepted from a network. */
  recordSuccess(address: string, token: string): void {
    this.#acceptedTokens.set(`${toClientNetwork(address)} ${token}`, true);
  }

  /** Counts a wrong token. @throws TallyError `too-many-failures` if the network is locked out */
  recordFailure(address: string, token = ''): void {
    const network = toClientNetwork(address);
    this.#acceptedTokens.delete(`${network} ${token}`);
    if (this.#failures.consume(network)) return;
    this.#guesses.consume(network);
    throw this.#createError('', this.#failures.getResetInS(network));
  }

  /** Allows a locked-out network to have a new JWT verified. @throws TallyError `too-many-failures` */
  consumeVerification(address: string): void {
    const network = toClientNetwork(address);
    if (this.#networkVerifications.consume(network) && this.#verifications.consume('')) return;
    throw this.#createError(', so few new JWTs from there are verified at a time', VERIFICATION_WINDOW_MS / 1_000);
  }

  /**
   * Allows a locked-out network to use a secret that can be guessed. Wrong tokens use up the same allowance: otherwise
   * the limit would not slow down anyone who guesses.
   * @throws TallyError `too-many-failures`
   */
  consumeGuess(address: string): void {
    if (this.#guesses.consume(toClientNetwork(address))) return;
    throw this.#createError(', so few short secrets from there are looked at', GUESS_WINDOW_MS / 1_000);
  }

  #createError(consequence: string, retryAfterS: number): TallyError {
    const detail = `${this.#failures.limit} token attempts from your address failed within a minute${consequence}`;
    return new TallyError('too-many-failures', detail, { retryAfterS });
  }
}
