/** What a store tells of dashboards: in lists, and of what happens to those that are listened to. */
import type { Dashboard, FreshOutcome } from '../counters/counters.js';

/** A dashboard as a list of many shows it. */
export interface DashboardSummary {
  readonly name: string;
  readonly title?: string;
  readonly revision: number;
  readonly counterCount: number;
}

/** What a store tells of without having been asked. */
export type StoreEvent =
  /** Applied, by whomever: takes the dashboard from the state that was told before to the one at its revision. */
  | { readonly kind: 'applied'; readonly outcome: FreshOutcome }
  /** A dashboard that was read whole: epoch, definitions, and which counters there are may be others than before. */
  | { readonly kind: 'reloaded'; readonly dashboard: Dashboard }
  /** A dashboard that is not there any more. */
  | { readonly kind: 'removed'; readonly dashboard: string }
  /**
   * Whether what was told may be behind, because the store cannot be reached.
   * @property dashboard absent: all of them
   * @property sinceMs milliseconds since the Unix epoch; absent: it is behind no longer
   */
  | { readonly kind: 'stale'; readonly dashboard?: string; readonly sinceMs?: number };

export function toDashboardSummary({ name, title, revision, counters }: Dashboard): DashboardSummary {
  return { name, ...(title !== undefined && { title }), revision, counterCount: counters.size };
}
