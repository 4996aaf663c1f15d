/** How fresh the numbers of a watched dashboard are. */
import type { ServerProblem } from './errors.js';

/** Times are milliseconds since the Unix epoch, by the clock of this side. */
export type WatchStatus =
  /** Nothing was shown yet. */
  | { readonly state: 'connecting' }
  /** What is shown is what is. */
  | { readonly state: 'live' }
  /** The server says itself that it may have newer numbers somewhere, since then. */
  | { readonly state: 'degraded'; readonly since: number }
  /** Nothing came since then, though the connection seemed to stand. Another one is being tried. */
  | { readonly state: 'stale'; readonly since: number }
  /** There is no connection, and nothing came since then. The next is tried at `at`, which is, or was, in `inMs`. */
  | {
      readonly state: 'reconnecting';
      readonly since: number;
      readonly at: number;
      readonly inMs: number;
      readonly reason: string;
      /** What the server said, when it was that which refused. */
      readonly problem?: ServerProblem;
    }
  /** It is over: closed from here, or with no use in coming back. */
  | {
      readonly state: 'closed';
      readonly reason: string;
      /** Close code of the server. */
      readonly code?: number;
      /** Why the server refused. */
      readonly problem?: ServerProblem;
    };

/** Why the numbers are not live, in a clause for people; empty when they are, or when nothing has been shown yet. */
export function explainWatchStatus(status: WatchStatus): string {
  switch (status.state) {
    case 'degraded':
      return 'the service cannot reach its store: there may be newer numbers';
    case 'stale':
      return 'nothing has come for a while; another connection is being tried';
    case 'reconnecting':
    case 'closed':
      return status.reason;
    default:
      return '';
  }
}
