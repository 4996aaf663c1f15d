/**
 * Exchanges what has been used of limits between the workers of one service, so that a limit holds for all of them
 * together. Without workers it does nothing. What another worker has used counts here a moment later.
 */
import type { FixedWindowLimiter } from './rate-limiter.js';

export interface Usage {
  /** Name of the limit. */
  readonly limit: string;
  readonly key: string;
  readonly amount: number;
}

const limiters = new Map<string, FixedWindowLimiter>();
let send: ((usage: Usage) => void) | undefined;

/** Tells the other workers from now on. */
export function sendUsageTo(receiver: (usage: Usage) => void): void {
  send = receiver;
}

/** Makes a limit hold for all workers. @param name the same in each of them */
export function shareLimiter(name: string, limiter: FixedWindowLimiter): void {
  limiters.set(name, limiter);
  limiter.onConsumed = (key, amount) => send?.({ limit: name, key, amount });
}

/** Counts what another worker has used. */
export function receiveUsage({ limit, key, amount }: Usage): void {
  limiters.get(limit)?.countForeign(key, amount);
}
