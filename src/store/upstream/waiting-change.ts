/** A change on its way to the upstream, and the answer to it. */
import type { ServerProblem } from '../../client/errors.js';
import type { ChangeSet, FreshOutcome, Outcome, ReplayedOutcome } from '../../counters/counters.js';
import type { TallyError } from '../../counters/errors.js';
import { NOT_TALLYBOARD, toTallyError } from './upstream.js';

/** Longest line that `POST /changes` takes is 64 KiB. A longer change set has a request of its own. */
const MAX_LINE_LENGTH = 20_000;

export type Applied = FreshOutcome | ReplayedOutcome;

export interface WaitingChange {
  readonly changeSet: ChangeSet;
  /** Key of the caller, or one of the relay. Absent: the change must not be sent twice. */
  readonly key: string | undefined;
  /** The change set as a line of `POST /changes`. */
  readonly line: string;
  /** Time after which it has waited too long, `performance.now()`. */
  readonly deadlineMs: number;
  readonly resolve: (outcome: Applied) => void;
  readonly reject: (error: TallyError) => void;
}

/** Result of an attempt to send changes. */
export interface Attempt {
  /** True if at least one change has its answer. */
  readonly hasAnswers: boolean;
  /** Changes that were sent and have no answer, oldest first. */
  readonly unanswered: readonly WaitingChange[];
  /** True if the upstream has said that it has not read those without an answer. */
  readonly isUnread: boolean;
  /** The reason for which they have none. */
  readonly error: TallyError;
}

export type ChangeAnswer = Outcome | (ServerProblem & { readonly replayed?: boolean });

/** An undo is no line, and a long change set is too long for one. */
export function needsOwnRequest({ changeSet, line }: WaitingChange): boolean {
  return changeSet.undoes !== undefined || line.length > MAX_LINE_LENGTH;
}

/** Tells if the upstream has not read the change, so that it is to be sent again. */
export function isUnread(answer: ChangeAnswer): boolean {
  return 'status' in answer && (answer.code === 'stopping' || answer.code === 'too-many-invalid-lines');
}

/**
 * Settles a change with its answer. Answers have no totals: those come with the watch. A caller that sent no key is not
 * told that the relay's own key was replayed.
 * @throws Error if the answer is not that of a service
 */
export function settleChange(
  { changeSet, resolve, reject }: WaitingChange,
  answer: ChangeAnswer,
  {
    isReplayed = false,
    retryAfterS,
  }: { readonly isReplayed?: boolean; readonly retryAfterS?: number | undefined } = {},
): void {
  if (!('status' in answer) && typeof answer.revision !== 'number') throw new Error(NOT_TALLYBOARD);
  const replayed = (answer.replayed ?? isReplayed) && changeSet.key !== undefined;
  if ('status' in answer) reject(toTallyError(answer, retryAfterS, replayed));
  else if (replayed) resolve({ ...answer, replayed });
  else resolve({ ...answer, replayed: false, added: {}, removed: {} });
}
