/** What goes wrong with Redis: whether it may pass, whether a change may have been counted all the same, and how that is told. */
import { errorMessage, TallyError } from '../../counters/errors.js';

/** What Redis says when it may say otherwise soon: it starts, is being failed over, moves a slot, or runs another script. */
const TRANSIENT_REPLY = /^(LOADING|READONLY|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|MOVED|ASK|BUSY|UNBLOCKED|NOREPLICAS)\b/;

/** What the client says of a command that it has not written. */
const NOT_SENT = /enableOfflineQueue options is false$/;

/** It was done, and is not yet as safe as it has to be. */
export class UnconfirmedWriteError extends Error {}

/** The deadline was over when the server took it: nothing was done. */
export class LateCallError extends Error {}

/** Whether something can succeed when it is tried again. Whatever is no reply of Redis is a matter of the connection. */
export function isTransient(error: unknown): boolean {
  return !isReplyError(error) || TRANSIENT_REPLY.test(error.message);
}

/**
 * Whether what was sent may have been done for all that is known: a server does nothing of what it answers with an error. Of a
 * Cluster that says nothing: its client sends again by itself what was lost, and tells of the last answer only.
 */
export function mayHaveBeenApplied(error: unknown): boolean {
  return error instanceof UnconfirmedWriteError || (!isReplyError(error) && !NOT_SENT.test(errorMessage(error)));
}

function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Why something failed, for a person. */
export function describeRedisError(error: unknown): string {
  if (error instanceof UnconfirmedWriteError) return `Redis does not confirm changes (${error.message})`;
  if (error instanceof LateCallError) return 'Redis took the change too late';
  if (isReplyError(error)) return `Redis refuses changes (${error.message})`;
  const message = errorMessage(error);
  return `Redis cannot be reached (${NOT_SENT.test(message) ? 'the connection was lost' : message})`;
}

/** What is thrown when a group is not carried out: its cause is the reason alone. */
export function createUnavailableError(reason: string, mayBeApplied: boolean): TallyError {
  const consequence = mayBeApplied
    ? 'the change may have been counted, and a retry under the same Idempotency-Key is right in any case'
    : 'nothing was counted';
  return new TallyError('store-unavailable', `${reason}: ${consequence}`, { cause: reason });
}
