/** The typed client, as `tallyboard/client` gives it: watch a dashboard, change its counters, read what was. For browsers and Node. */
export type { Change, Outcome, Snapshot } from '../counters/counters.js';
export { type Problem, RefusedError, type Token, UnavailableError } from './errors.js';
export type { ReadOptions } from './request.js';
export { add, change, type ChangeOptions, remove } from './change.js';
export type { SocketClass } from './connection.js';
export {
  type DashboardEntry,
  type Definition,
  describe,
  type DescribedCounter,
  type DescribeOptions,
  listDashboards,
} from './dashboards.js';
export { type CounterHistory, type History, type HistoryOptions, readHistory } from './history.js';
export type { WatchStatus } from './status.js';
export { watch, type Watching, type WatchOptions } from './watch.js';
