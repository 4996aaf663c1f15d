/** Tokens that were wrong, by the address that they came from: too many, and none is looked at for a while. */
import { LRUCache } from 'lru-cache';
import { TallyError } from '../counters/errors.js';
import { networkOf } from './client.address.js';

const WINDOW_MS = 60_000;
/** Most addresses that are kept account of. */
const MAX_ADDRESSES = 10_000;
/** Most tokens that are known to have been right from an address. */
const MAX_RIGHT = 10_000;

export class Failures {
  readonly #counts = new LRUCache<string, number>({ max: MAX_ADDRESSES, ttl: WINDOW_MS, noUpdateTTL: true });
  readonly #right = new LRUCache<string, true>({ max: MAX_RIGHT });

  constructor(private readonly maxPerMinute: number) {}

  /**
   * A token that was right from there before goes on: a neighbour behind the same address cannot lock it out.
   * @param token what stands for it
   * @throws TallyError `too-many-failures`
   */
  check(address: string, token = ''): void {
    if (this.#counts.size === 0) return;
    const network = networkOf(address);
    if ((this.#counts.get(network) ?? 0) < this.maxPerMinute || this.#right.has(`${network} ${token}`)) return;
    const retryAfterS = Math.max(1, Math.ceil(this.#counts.getRemainingTTL(network) / 1_000));
    const detail = `${this.maxPerMinute} tokens from your address were wrong within a minute`;
    throw new TallyError('too-many-failures', detail, { retryAfterS });
  }

  note(address: string): void {
    const network = networkOf(address);
    this.#counts.set(network, (this.#counts.get(network) ?? 0) + 1);
  }

  /** A token was right. */
  forgive(address: string, token: string): void {
    this.#right.set(`${networkOf(address)} ${token}`, true);
  }
}
