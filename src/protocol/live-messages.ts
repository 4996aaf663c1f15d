/** The live protocol `tallyboard.v1`: the messages that viewers receive. Shared by server and client. */

/** WebSocket subprotocol. A viewer that selects it receives `LiveMessage`s; any other receives `BareSnapshot`s. */
export const SUBPROTOCOL = 'tallyboard.v1';

/** The value of every counter and nothing else: the frame of the original program. */
export type BareSnapshot = Readonly<Record<string, number>>;

/** Sums of a present period. `start` and `end` are milliseconds since the Unix epoch; `end` is not part of it. */
export interface PeriodNumbers {
  readonly start: number;
  readonly end: number;
  /** Amounts since the start; exact up to 2^53, then the nearest double. Gauges have none. */
  readonly added: Readonly<Record<string, number>>;
  readonly removed: Readonly<Record<string, number>>;
  /** Measures of the numbers of the period. */
  readonly measures?: Readonly<Record<string, number | null>>;
}

/** Numbers of a snapshot, or those that have changed in a patch. */
interface DashboardNumbers {
  readonly revision: number;
  readonly at: number;
  readonly counters: Readonly<Record<string, number>>;
  /** With `?totals`: everything ever added to each counter. Subtract the value to get everything ever removed. */
  readonly added?: Readonly<Record<string, number>>;
  /** Derived measures; null where the divisor is 0. Absent if the dashboard has none. */
  readonly measures?: Readonly<Record<string, number | null>>;
  /**
   * With `?periods=`: the present periods, by kind. A period that has another `start` than before has begun: every
   * counter that is not named is at 0 in it.
   */
  readonly periods?: Readonly<Record<string, PeriodNumbers>>;
}

/**
 * A message of `tallyboard.v1`. `at` is milliseconds since the Unix epoch and never decreases within a dashboard.
 * Revisions compare only within one `epoch`.
 */
export type LiveMessage =
  | (DashboardNumbers & {
      readonly type: 'snapshot';
      readonly dashboard: string;
      readonly epoch: string;
      /** Number of the definition: one more for each change of it. */
      readonly definition?: number;
      /** Longest silence of the server, milliseconds: then it sends a heartbeat. Older servers do not tell it. */
      readonly heartbeatMs?: number;
    })
  /**
   * The numbers that changed since revision `from`. Applies only to a viewer that is at that revision. `from` may equal
   * `revision`: then only periods have begun.
   */
  | (DashboardNumbers & { readonly type: 'patch'; readonly from: number })
  /** The definition has changed: `GET .../definition` returns it. */
  | { readonly type: 'definition'; readonly version: number }
  /** Nothing has changed: the connection is alive and the viewer is at `revision`. */
  | { readonly type: 'heartbeat'; readonly revision: number; readonly at: number }
  /**
   * `degraded`: the store cannot be reached, so the values shown may be out of date. `since` is when this state began.
   */
  | { readonly type: 'status'; readonly degraded: boolean; readonly since: number }
  /** Precedes a close with 1012: reconnect after `afterMs` milliseconds. */
  | { readonly type: 'reconnect'; readonly afterMs: number };

/**
 * Largest message that a viewer may send, bytes. Messages are ignored; a larger one closes the connection with 1009.
 */
export const MAX_MESSAGE_BYTES = 4_096;
