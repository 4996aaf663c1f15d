/** Entry point of `@tallyboard/client`, the typed client for browsers and Node. */
export type {
  BookedChange,
  Change,
  MeasureValues,
  Outcome,
  PastSnapshot,
  PeriodNumbers,
  PeriodValues,
  Snapshot,
} from '../counters/counters.js';
export type {
  CounterDefinition,
  DashboardSettings,
  Layout,
  Level,
  MeasureDefinition,
  Period,
  Reckoning,
  Target,
  Threshold,
  Tile,
} from '../counters/definition.js';
export { PERIODS, WEEKDAYS } from '../counters/definition.js';
export type { LedgerEntry } from '../counters/ledger-entry.js';
export type { TicketSource, TokenSource } from './auth-headers.js';
export { type ServerProblem, RefusedError, UnavailableError } from './errors.js';
export type { ReadOptions } from './request.js';
export { type StreamChangesOptions, streamChanges, type StreamedChange } from './change-stream.js';
export { add, change, type ChangeOptions, remove, undo } from './change.js';
export type { WebSocketClass } from './connection.js';
export {
  type Access,
  type DashboardDefinition,
  type DashboardEntry,
  type DescribedDashboard,
  describeDashboard,
  type DescribedCounter,
  type DescribeOptions,
  listDashboards,
  readAccess,
  readDefinition,
  type Right,
} from './dashboards.js';
export { define, type DefineOptions } from './define.js';
export {
  bookHistory,
  deleteCounter,
  deleteDashboard,
  type HistoryLine,
  type NewDefinition,
  replaceDefinition,
  updateDefinition,
} from './definitions.js';
export {
  type CounterHistory,
  type DashboardHistory,
  type GaugeHistory,
  type HistoryOptions,
  type MeasureHistory,
  readHistory,
} from './history.js';
export { type ChangesPage, readChanges, type ReadChangesOptions } from './ledger.js';
export {
  type CounterPeriod,
  type DashboardPeriods,
  type GaugePeriod,
  type PeriodRow,
  type PeriodsOptions,
  readPeriods,
} from './periods.js';
export { type PastSnapshotOptions, readSnapshot, type SnapshotOptions } from './snapshot.js';
export type { WatchStatus } from './watch-status.js';
export { watch, type Watcher, type WatchOptions } from './watch.js';
