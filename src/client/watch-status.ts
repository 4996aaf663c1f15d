/** The status of a watch: how fresh its values are. */
import type { ServerProblem } from './errors.js';

/** Status of a watch. Times are milliseconds since the Unix epoch by the client's clock. */
export type WatchStatus =
  /** No snapshot has arrived yet. */
  | { readonly state: 'connecting' }
  /** The values are current. */
  | { readonly state: 'live' }
  /** The server reports that newer values may exist since then, because it cannot reach its store. */
  | { readonly state: 'degraded'; readonly since: number }
  /**
   * Nothing has arrived since then although the connection looked open, and the client opens another one; or the server
   * has had an older state since then than the one that is shown.
   */
  | { readonly state: 'stale'; readonly since: number }
  /**
   * There is no connection. Nothing has arrived since `since`; the next attempt is at `at`, `inMs` after this status.
   */
  | {
      readonly state: 'reconnecting';
      readonly since: number;
      readonly at: number;
      readonly inMs: number;
      readonly reason: string;
      /** The server's refusal, if it refused the connection. */
      readonly problem?: ServerProblem;
    }
  /** The watch has ended: the client closed it, or reconnecting cannot help. */
  | {
      readonly state: 'closed';
      readonly reason: string;
      /** Close code that the server sent. */
      readonly code?: number;
      /** The server's refusal, if there was one. */
      readonly problem?: ServerProblem;
    };

/** Explains in a clause why the values are not live. Empty if they are, or if the watch is connecting. */
export function explainWatchStatus(status: WatchStatus): string {
  switch (status.state) {
    case 'degraded':
      return 'the service cannot reach its store, so newer numbers may exist';
    case 'stale':
      return 'nothing new received for a while';
    case 'reconnecting':
    case 'closed':
      return status.reason;
    default:
      return '';
  }
}
