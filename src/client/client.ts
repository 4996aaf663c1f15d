/** Entry point of `tallyboard/client`, the typed client for browsers and Node. */
export type { Change, Outcome, Snapshot } from '../counters/counters.js';
export type { TokenSource } from './auth-headers.js';
export { type ServerProblem, RefusedError, UnavailableError } from './errors.js';
export type { ReadOptions } from './request.js';
export { add, change, type ChangeOptions, remove } from './change.js';
export type { WebSocketClass } from './connection.js';
export {
  type DashboardEntry,
  type DescribedDashboard,
  describeDashboard,
  type DescribedCounter,
  type DescribeOptions,
  listDashboards,
} from './dashboards.js';
export { type CounterHistory, type DashboardHistory, type HistoryOptions, readHistory } from './history.js';
export type { WatchStatus } from './watch-status.js';
export { watch, type Watcher, type WatchOptions } from './watch.js';
