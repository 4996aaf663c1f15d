/** Entry point of `@tallyboard/react`: hooks that show counters and change them. */
export type {
  Change,
  DashboardDefinition,
  Outcome,
  Period,
  ServerProblem,
  Snapshot,
  TokenSource,
  WatchStatus,
} from '@tallyboard/client';
export { RefusedError, UnavailableError } from '@tallyboard/client';
export type { DashboardView } from './dashboard-view.js';
export { TallyboardProvider, type TallyboardProviderProps } from './provider.js';
export type { DashboardTicketSource, SendOptions } from './service.js';
export {
  type ChangeError,
  type ChangeResult,
  type ChangeState,
  type CounterChanges,
  useChange,
  type UseChangeOptions,
} from './use-change.js';
export { type CounterView, useCounter, type UseCounterOptions } from './use-counter.js';
export { useDashboard, type UseDashboardOptions, type WatchedDashboard } from './use-dashboard.js';
