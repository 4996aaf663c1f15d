/** The caller of the request that is being handled: a relay passes its changes on in the caller's name. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { TallyError } from '../../counters/errors.js';

export interface RelayedCaller {
  /** `Authorization` header of the request. Absent: anonymous. */
  readonly authorization: string | undefined;
  /** Relays that the request has passed before this one. */
  readonly hops: number;
}

/** Request header that counts the relays that a request has passed. */
export const HOPS_HEADER = 'tallyboard-hops';
/** A chain of more relays is taken for a loop. */
const MAX_HOPS = 8;

interface CallerHeaders {
  readonly authorization?: string | undefined;
  readonly [HOPS_HEADER]?: string | readonly string[] | undefined;
}

/**
 * Returns the caller of a request.
 * @throws TallyError `relay-loop`
 */
export function readCaller({ headers }: { readonly headers: CallerHeaders }): RelayedCaller {
  const hops = Number(headers[HOPS_HEADER]);
  const { authorization } = headers;
  if (!Number.isInteger(hops) || hops <= 0) return { authorization, hops: 0 };
  if (hops <= MAX_HOPS) return { authorization, hops };
  throw new TallyError('relay-loop', `the request has passed ${hops} relays, and ${MAX_HOPS} are the limit`);
}

const NOBODY: RelayedCaller = { authorization: undefined, hops: 0 };
const callers = new AsyncLocalStorage<RelayedCaller>();

export function runAsCaller<T>(caller: RelayedCaller, run: () => T): T {
  return callers.run(caller, run);
}

/** Returns the caller of the present request; an anonymous one outside requests. */
export function getCaller(): RelayedCaller {
  return callers.getStore() ?? NOBODY;
}
