/** Events of a store, and the summary of a dashboard in lists. */
import type { Dashboard, FreshOutcome, Outcome } from '../counters/counters.js';

export interface DashboardSummary {
  readonly name: string;
  readonly title?: string;
  readonly revision: number;
  readonly counterCount: number;
}

/** An outcome that is reported to the followers of a dashboard. */
export interface ReportedOutcome extends Outcome {
  /**
   * True if it stands for several change sets, or for a state that was read: some that were touched in between may be
   * missing, and others may have been touched before the last change set.
   */
  readonly isCombined?: boolean;
}

export type StoreEvent =
  /** A change set was applied, by any instance. It leads from the previously reported state to its own revision. */
  | { readonly kind: 'applied'; readonly outcome: FreshOutcome & ReportedOutcome }
  /** A dashboard was read completely: its epoch, definitions and set of counters may differ from before. */
  | { readonly kind: 'reloaded'; readonly dashboard: Dashboard }
  /** A dashboard no longer exists. */
  | { readonly kind: 'removed'; readonly dashboard: string }
  /**
   * The reported state may be out of date because the store cannot be reached, or is up to date again.
   * @property dashboard absent if all dashboards are meant
   * @property sinceMs milliseconds since the Unix epoch; absent if the state is up to date again
   */
  | { readonly kind: 'stale'; readonly dashboard?: string; readonly sinceMs?: number };

export function toDashboardSummary({ name, settings: { title }, revision, counters }: Dashboard): DashboardSummary {
  return { name, ...(title !== undefined && { title }), revision, counterCount: counters.size };
}
