/** Undo: the changes that take back a ledger entry, or the reason why nothing does. Pure. */
import { type BookedChange, type Change, type Dashboard, MAX_VALUE } from './counters.js';
import type { Refusal } from './errors.js';

/** Revisions of a counter that limit which entries can be undone. */
export interface UndoLimits {
  /**
   * Booking that the counter began with: its definition, an import, or a past. 0 if it began with its dashboard.
   * Entries up to it are no changes of this counter.
   */
  readonly start: number;
  /** Last change that set the gauge. 0 if none is known. */
  readonly set: number;
}

/** What a dashboard's ledger says about a revision. */
export interface UndoTarget {
  readonly revision: number;
  /** The changes that it booked. */
  readonly changes: readonly BookedChange[];
}

/** Reasons why an entry cannot be undone. */
const OBSTACLES = {
  deleted: (counter: string) => `${counter} was deleted since`,
  start: (counter: string, start: number) => `${counter} begins with revision ${start}`,
  'no-amount': (counter: string) => `its entry does not say by how much ${counter} moved`,
  set: (counter: string) => `${counter} was set again since`,
  unmoved: () => 'it moved no counter',
};
export type UndoObstacle = keyof typeof OBSTACLES;

/**
 * Returns the changes that take back a ledger entry: `-by` and `-moved` of each, the last one first, so that an undo
 * right after the entry passes through values that the counters have had. An amount beyond {@link MAX_VALUE} takes two
 * changes. Changes that moved nothing are left out.
 * @returns `not-undoable` if the entry is no change of the present counters, if it does not say what it moved, or if it
 *   set a gauge that was set again since
 */
export function planUndo(
  dashboard: Dashboard,
  { revision, changes }: UndoTarget,
  getLimits: (counter: string) => UndoLimits,
): readonly Change[] | Refusal {
  const inverse: Change[] = [];
  for (const change of changes.toReversed()) {
    const { counter } = change;
    const { definition } = dashboard.counters.get(counter) ?? {};
    if (!definition) return refuseUndo(revision, 'deleted', counter);
    const { start, set } = getLimits(counter);
    if (revision <= start) return refuseUndo(revision, 'start', counter, start);
    if ('to' in change && change.moved === undefined) return refuseUndo(revision, 'no-amount', counter);
    if ('to' in change && definition.kind === 'gauge' && set !== revision) return refuseUndo(revision, 'set', counter);
    const amount = 'by' in change ? change.by : (change.moved ?? 0);
    inverse.push(...splitAmount(-BigInt(amount)).map((by) => ({ counter, by })));
  }
  return inverse.length > 0 ? inverse : refuseUndo(revision, 'unmoved');
}

/** Splits an amount of up to twice {@link MAX_VALUE} either way into amounts that a change can have. */
function splitAmount(amount: bigint): number[] {
  if (amount === 0n) return [];
  const most = amount < 0n ? -MAX_VALUE : MAX_VALUE;
  const rest = amount - BigInt(most);
  return rest !== 0n && rest < 0n === amount < 0n ? [most, Number(rest)] : [Number(amount)];
}

/** @param start revision that the counter begins with */
export function refuseUndo(revision: number, obstacle: UndoObstacle, counter = '', start = 0): Refusal {
  const reason = OBSTACLES[obstacle](counter, start);
  return { code: 'not-undoable', detail: `revision ${revision} cannot be undone: ${reason}` };
}

/** @param by revision that undid it */
export function refuseSecondUndo(revision: number, by: number): Refusal {
  return { code: 'already-undone', detail: `revision ${revision} was undone by revision ${by}` };
}

export function refuseUnknownRevision(dashboard: string, revision: number): Refusal {
  return { code: 'unknown-revision', detail: `the ledger of ${dashboard} has no revision ${revision}` };
}
