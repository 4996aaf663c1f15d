/** The viewer's last change, as the strip shows it and takes it back. Pure. */
import type { ChangeRequest } from '../data/optimistic-changes.js';

export interface LastChange {
  readonly counter: string;
  /** Revisions that counted it, oldest first. */
  readonly revisions: readonly number[];
  /** In the smallest unit: the amount that was added, below 0 removed, or the value that was set. */
  readonly by?: number;
  readonly to?: number;
  readonly reason: string;
}

/** Presses on + and − that follow each other add up, and are taken back together. */
export function followChange(
  last: LastChange | undefined,
  counter: string,
  revision: number,
  { by, to, reason = '' }: ChangeRequest,
): LastChange {
  const next = {
    counter,
    revisions: [revision],
    reason,
    ...(by !== undefined && { by }),
    ...(to !== undefined && { to }),
  };
  const canAddUp = last?.counter === counter && last.by !== undefined && by !== undefined;
  if (!canAddUp || last.reason !== '' || reason !== '') return next;
  return { ...next, revisions: [...last.revisions, revision], by: (last.by ?? 0) + by };
}
