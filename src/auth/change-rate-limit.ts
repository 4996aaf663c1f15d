/** How many changes a token may make in a second: requests beyond are refused, streams wait. */
import type { ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Request } from 'express';
import { TallyError } from '../counters/errors.js';
import { principalOf } from './authorizer.js';
import { Allowance } from './rate-limiter.js';
import { type ClientAddress, networkOf } from './client-address.js';

const WINDOW_S = 1;
/** So few left are told, or a tenth where that is more: the headers cost a change a twelfth, and above it nobody has a use for them. */
const FEW = 100;

export class ChangeLimit {
  readonly #allowance: Allowance | undefined;
  /** The header that says it. */
  readonly #policy: string;

  /** @param mostPerSecond 0 for no limit */
  constructor(
    mostPerSecond: number,
    private readonly address: ClientAddress,
  ) {
    this.#policy = `"changes";q=${mostPerSecond};w=${WINDOW_S}`;
    this.#allowance = mostPerSecond > 0 ? new Allowance(mostPerSecond, WINDOW_S * 1_000) : undefined;
  }

  /**
   * Counts the changes of a request, and says in the answer how many are left when they are few (draft-ietf-httpapi-ratelimit-headers-10).
   * @throws TallyError `too-many-changes`
   */
  spend(request: Request, response: ServerResponse): void {
    const allowance = this.#allowance;
    if (!allowance) return;
    const who = this.#whoOf(request);
    const { most } = allowance;
    const taken = allowance.take(who, changesIn(request.body));
    const left = allowance.left(who);
    if (taken && left >= Math.max(FEW, most / 10)) return;
    const resetS = allowance.renewedInS(who);
    response.setHeader('RateLimit-Policy', this.#policy);
    response.setHeader('RateLimit', `"changes";r=${left};t=${resetS}`);
    if (taken) return;
    throw new TallyError('too-many-changes', `this token may make ${most} changes a second`, { retryAfterS: resetS });
  }

  /** Waits until some of this many changes of a stream may be made. @returns how many */
  async spendSome(request: Request, wanted: number): Promise<number> {
    const allowance = this.#allowance;
    if (!allowance) return wanted;
    const who = this.#whoOf(request);
    while (allowance.left(who) < 1) await setTimeout(allowance.renewedInMs(who));
    const some = Math.min(wanted, allowance.left(who));
    allowance.take(who, some);
    return some;
  }

  /** Those without a name are told apart by where they come from. */
  #whoOf(request: Request): string {
    const { name } = principalOf(request);
    return name === undefined ? `at ${networkOf(this.address.of(request))}` : `named ${name}`;
  }
}

/** A change set counts as many as it has; what is no change set is refused for its shape later. */
function changesIn(body: unknown): number {
  const changes: unknown = typeof body === 'object' && body !== null && 'changes' in body ? body.changes : undefined;
  return Array.isArray(changes) ? Math.max(1, changes.length) : 1;
}
