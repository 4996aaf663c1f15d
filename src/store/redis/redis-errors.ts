/** Classifies errors of Redis: may the operation be retried, may it have been applied, and how to describe it. */
import { errorMessage, TallyError } from '../../counters/errors.js';

/** Error replies that a retry may not get: the server starts, fails over, moves a slot, or runs another script. */
const TRANSIENT_REPLY = /^(LOADING|READONLY|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|MOVED|ASK|BUSY|UNBLOCKED|NOREPLICAS)\b/;

/** Error reply of the change script that was raised after its first write. */
const PARTIAL_REPLY = /^PARTIAL\b/;

/** Error of ioredis for a command that it has not sent. */
const NOT_SENT = /enableOfflineQueue options is false$/;

/** The write was applied, but not confirmed by the required replicas or disks. */
export class UnconfirmedWriteError extends Error {}

/** The server answers, but a change would fail: the message says why, and what to do. Waiting does not help. */
export class ChangesRefusedError extends Error {}

/** The server received the call after its deadline and did nothing. */
export class LateCallError extends Error {}

/** True if a retry can succeed. An error that is no reply of Redis is a connection error. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ChangesRefusedError) return false;
  return !isReplyError(error) || TRANSIENT_REPLY.test(error.message);
}

/**
 * True if the command may have been applied although it failed. A server that replies with an error has applied
 * nothing, unless the change script marks the error as raised after its first write. For a Cluster this does not hold:
 * its client resends lost commands by itself and reports only the last reply.
 */
export function mayHaveBeenApplied(error: unknown): boolean {
  if (error instanceof ChangesRefusedError) return false;
  if (isReplyError(error)) return PARTIAL_REPLY.test(error.message);
  return error instanceof UnconfirmedWriteError || !NOT_SENT.test(errorMessage(error));
}

function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Describes an error for people, without its consequence. */
export function describeRedisError(error: unknown): string {
  if (error instanceof UnconfirmedWriteError) return `Redis does not confirm changes (${error.message})`;
  if (error instanceof ChangesRefusedError) return error.message;
  if (error instanceof LateCallError) return 'Redis received the change after its deadline';
  if (isReplyError(error) && PARTIAL_REPLY.test(error.message))
    return `Redis stopped half-way through a change (${error.message.replace('PARTIAL ', '')})`;
  if (isReplyError(error)) return `Redis refuses changes (${error.message})`;
  const message = errorMessage(error);
  return `Redis cannot be reached (${NOT_SENT.test(message) ? 'the connection was lost' : message})`;
}

/** Creates the error for a call that failed for good. Its `cause` is the bare reason. */
export function createUnavailableError(reason: string, mayBeApplied: boolean): TallyError {
  const consequence = mayBeApplied
    ? 'the change may have been counted: retry with the same Idempotency-Key'
    : 'nothing was counted';
  return new TallyError('store-unavailable', `${reason}; ${consequence}`, { cause: reason });
}
