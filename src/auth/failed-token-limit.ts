/** Tokens that were wrong, by the address that they came from: too many, and none is looked at for a while. */
import { LRUCache } from 'lru-cache';
import { TallyError } from '../counters/errors.js';
import { Allowance } from './rate-limiter.js';
import { networkOf } from './client-address.js';

const WINDOW_MS = 60_000;
/** Most tokens that are known to have been right from an address. */
const MAX_RIGHT = 10_000;

export class Failures {
  readonly #allowance: Allowance;
  readonly #right = new LRUCache<string, true>({ max: MAX_RIGHT });

  constructor(maxPerMinute: number) {
    this.#allowance = new Allowance(maxPerMinute, WINDOW_MS);
  }

  /**
   * A token that was right from there before goes on: a neighbour behind the same address cannot lock it out.
   * @param token what stands for it
   * @throws TallyError `too-many-failures`
   */
  check(address: string, token = ''): void {
    const network = networkOf(address);
    if (this.#allowance.left(network) > 0 || this.#right.has(`${network} ${token}`)) return;
    const detail = `${this.#allowance.most} tokens from your address were wrong within a minute`;
    throw new TallyError('too-many-failures', detail, { retryAfterS: this.#allowance.renewedInS(network) });
  }

  note(address: string): void {
    this.#allowance.take(networkOf(address));
  }

  /** A token was right. */
  forgive(address: string, token: string): void {
    this.#right.set(`${networkOf(address)} ${token}`, true);
  }
}
