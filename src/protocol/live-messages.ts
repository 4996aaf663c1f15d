/** The live protocol `tallyboard.v1`: the messages that viewers receive. Shared by server and client. */

/** The WebSocket subprotocol whose messages are `LiveMessage`s. Without it every frame is a bare `BareSnapshot`. */
export const SUBPROTOCOL = 'tallyboard.v1';

/** The values of all counters, and nothing else: the original program's frame. */
export type BareSnapshot = Readonly<Record<string, number>>;

/** A message of `tallyboard.v1`. `at` is milliseconds since the Unix epoch and never goes back within a dashboard. */
export type LiveMessage =
  | {
      readonly type: 'snapshot';
      readonly dashboard: string;
      readonly epoch: string;
      readonly revision: number;
      readonly at: number;
      readonly counters: Readonly<Record<string, number>>;
      /** With `?totals`: all that was ever added to each of them. What was removed is that less the value. */
      readonly added?: Readonly<Record<string, number>>;
    }
  /** For a viewer that is at revision `from`: only the counters that changed since. */
  | {
      readonly type: 'patch';
      readonly from: number;
      readonly revision: number;
      readonly at: number;
      readonly counters: Readonly<Record<string, number>>;
      readonly added?: Readonly<Record<string, number>>;
    }
  /** Nothing changed: the connection lives, and the viewer is at `revision`. */
  | { readonly type: 'heartbeat'; readonly revision: number; readonly at: number }
  /** Whether what is shown may be behind, because the store cannot be reached, and since when. */
  | { readonly type: 'status'; readonly degraded: boolean; readonly since: number }
  /** Comes before a close with 1012: come back after `afterMs` milliseconds. */
  | { readonly type: 'reconnect'; readonly afterMs: number };

/** Largest message that a viewer may send, bytes. It is ignored, and so needs no room. */
export const MAX_MESSAGE_BYTES = 4_096;
