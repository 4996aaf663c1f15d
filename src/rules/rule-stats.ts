/** Counts of what rules and notifications have done, for metrics. */
export const NOTIFY_OUTCOMES = ['delivered', 'failed', 'given-up', 'dropped', 'disabled'] as const;
export type NotifyOutcome = (typeof NOTIFY_OUTCOMES)[number];

export class RuleStats {
  readonly transitions = { fired: 0, cleared: 0 };
  readonly notifications: Record<NotifyOutcome, number> = {
    delivered: 0,
    failed: 0,
    'given-up': 0,
    dropped: 0,
    disabled: 0,
  };
}
