/** Adds what has happened to a rule to its deliveries. */
import { Logger } from '@nestjs/common';
import type { DashboardState } from '../../dashboard/state/dashboard-state.js';
import { createWebhookId } from '../delivery/webhook-id.js';
import type { Transition } from '../evaluation/rule-evaluator.js';
import type { StoredRule } from '../rule-documents.js';
import type { RuleStats } from '../rule-stats.js';
import { appendEvent, type LogChanges } from './delivery-log.js';
import { createRuleEvent } from './rule-event.js';

const logger = new Logger('Rules');

/** Replaces the state of the rule. @param changes receives the documents to write */
export function appendTransition(
  state: DashboardState,
  rule: StoredRule,
  transition: Transition,
  changes: LogChanges,
  stats: RuleStats,
): void {
  const { dashboard, epoch } = state;
  const { kind, revision, occurrence } = transition;
  const origin = { epoch, dashboard, rule: rule.name, revision, kind };
  const webhookId = createWebhookId({ ...origin, ...(occurrence !== undefined && { occurrence }) });
  const dropped = appendEvent(rule, createRuleEvent(state, rule, transition), webhookId, changes);
  stats.transitions[kind] += 1;
  stats.notifications.dropped += dropped;
  if (dropped > 0)
    logger.warn(`rule ${rule.name} of ${dashboard} has too many waiting notifications: the oldest is dropped`);
}
