/** Reasons that the store itself gives to ledger entries. Part of the public API. */

/** Counters that were created. Their changes set each of them to 0. */
export const DEFINED_REASON = 'defined';
/** A counter that was removed. Its change sets it to 0. */
export const DELETED_REASON = 'deleted';
/** The past of a dashboard, booked in one step. Its changes are the sums of all lines. */
export const HISTORY_REASON = 'history';
