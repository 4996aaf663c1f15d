/** The typed client, as `tallyboard/client` gives it: watch a dashboard, change its counters. For browsers and Node. */
export type { Change, Outcome, Snapshot } from '../counters/counters.js';
export { type Problem, RefusedError, type Token, UnavailableError } from './answer.js';
export { add, change, type ChangeOptions, remove } from './change.js';
export type { SocketClass } from './connection.js';
export type { WatchStatus } from './status.js';
export { watch, type Watching, type WatchOptions } from './watch.js';
