/** Undoes revisions, one after the other. */
import { RefusedError, UnavailableError, undo } from '../../src/client/client.js';
import type { BoardData } from '../data/board-data.js';
import type { ChangeFailure } from '../data/optimistic-changes.js';

/**
 * Undoes revisions in the given order, until one fails.
 * @param counter that a failure is about
 * @returns the reason of the first that was not undone, or may not have been
 */
export async function undoRevisions(
  { base, name, tokenOptions, isLive }: Pick<BoardData, 'base' | 'name' | 'tokenOptions' | 'isLive'>,
  counter: string,
  revisions: readonly number[],
): Promise<ChangeFailure | undefined> {
  const request = {};
  if (!isLive.peek()) return { counter, request, message: '', isUnsent: true };
  try {
    for (const revision of revisions) await undo(base, { revision, dashboard: name, ...tokenOptions });
    return undefined;
  } catch (error) {
    if (!(error instanceof RefusedError) && !(error instanceof UnavailableError)) throw error;
    return { counter, request, message: error.message, problem: error.problem };
  }
}
