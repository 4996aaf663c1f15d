/** The caller of the request that is being handled: a relay passes its changes on in the caller's name. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface RelayedCaller {
  /** `Authorization` header of the request. Absent: anonymous. */
  readonly authorization: string | undefined;
  /** Relays that the request has passed before this one. */
  readonly hops: number;
}

/** Request header that counts the relays that a request has passed. */
export const HOPS_HEADER = 'tallyboard-hops';
/** A chain of more relays is taken for a loop. */
export const MAX_HOPS = 8;

const NOBODY: RelayedCaller = { authorization: undefined, hops: 0 };
const callers = new AsyncLocalStorage<RelayedCaller>();

export function runAsCaller<T>(caller: RelayedCaller, run: () => T): T {
  return callers.run(caller, run);
}

/** Returns the caller of the present request; an anonymous one outside requests. */
export function getCaller(): RelayedCaller {
  return callers.getStore() ?? NOBODY;
}
