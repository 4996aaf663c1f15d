/** Own changes of a counter that the service has not confirmed yet, and the value to show with them. Pure. */

/** A value of a counter, and the revision that it has it from. */
export interface ConfirmedValue {
  readonly revision: number;
  readonly value: number;
}

/** Changes of a counter without a response, and the value of a response that may be newer than the snapshot. */
export interface PendingChanges {
  readonly count: number;
  /** Sum of the changes without a response. */
  readonly net: number;
  /** Value that was shown at the last change, plus that change. */
  readonly expected: number;
  readonly confirmed?: ConfirmedValue;
}

export const NO_PENDING_CHANGES: PendingChanges = { count: 0, net: 0, expected: 0 };

/**
 * Adds a change that is being sent.
 * @param shown value that is shown
 * @param net amount that the change comes to
 * @param min lowest value of the counter. A change that would go below it is shown as reaching it: it is refused then
 * @returns the changes with it, and the amount by which the shown value moves, for {@link settleChange}
 */
export function beginChange(
  { count, net: before, confirmed }: PendingChanges,
  shown: number,
  net: number,
  min: number,
): { readonly pending: PendingChanges; readonly moved: number } {
  const expected = Math.max(min, shown + net);
  const moved = expected - shown;
  return { pending: { count: count + 1, net: before + moved, expected, ...(confirmed && { confirmed }) }, moved };
}

/**
 * Removes a change that has a response.
 * @param moved amount of {@link beginChange}
 * @param confirmed value of the response. Absent: the change was not counted, and is taken back
 */
export function settleChange(pending: PendingChanges, moved: number, confirmed?: ConfirmedValue): PendingChanges {
  const latest = confirmed ?? pending.confirmed;
  return {
    count: pending.count - 1,
    net: pending.net - moved,
    expected: confirmed ? pending.expected : pending.expected - moved,
    ...(latest && { confirmed: latest }),
  };
}

/**
 * Returns the value to show.
 * @param total value of the snapshot
 * @param revision revision of the snapshot
 */
export function getShownValue(
  total: number,
  revision: number,
  { count, net, expected, confirmed }: PendingChanges,
): number {
  const known = confirmed && confirmed.revision > revision ? confirmed.value : total;
  if (count === 0) return known;
  // A snapshot may contain a change before its response arrives: count it once, and never let the number jump back.
  return net < 0 ? Math.min(known, expected) : Math.max(known, expected);
}
