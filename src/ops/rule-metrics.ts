/** Metrics of rules and of the notifications that they send. */
import type { RulesService } from '../rules/rules.service.js';
import { type MetricDefinition, toSample, toSamplesBy } from './metric-definition.js';

export function createRuleMetrics(rules: RulesService): readonly MetricDefinition[] {
  const { stats } = rules;
  return [
    {
      name: 'tallyboard_rule_events_total',
      type: 'counter',
      help: 'Times that a rule of this instance has fired or cleared.',
      read: () => toSamplesBy('kind', Object.entries(stats.transitions)),
    },
    {
      name: 'tallyboard_notify_attempts_total',
      type: 'counter',
      help: 'Attempts to deliver a notification, by outcome: delivered, failed (repeated later), given-up (failed for the last time), disabled (answered with 410).',
      read: () =>
        toSamplesBy(
          'outcome',
          Object.entries(stats.notifications).filter(([outcome]) => outcome !== 'dropped'),
        ),
    },
    {
      name: 'tallyboard_notify_given_up_total',
      type: 'counter',
      help: 'Notifications that no attempt of 75 hours has delivered. Their receivers have missed them.',
      read: () => toSample(stats.notifications['given-up']),
    },
    {
      name: 'tallyboard_notify_dropped_total',
      type: 'counter',
      help: 'Notifications that were dropped because 1,000 newer ones of their rule waited for the same target.',
      read: () => toSample(stats.notifications.dropped),
    },
    {
      name: 'tallyboard_notify_waiting',
      type: 'gauge',
      help: 'Notifications that wait for a target, of the rules that this instance runs.',
      read: () => toSample(rules.countBacklog().waiting),
    },
    {
      name: 'tallyboard_notify_disabled_targets',
      type: 'gauge',
      help: 'Targets that get nothing any more because they answered with 410, of the rules that this instance runs.',
      read: () => toSample(rules.countBacklog().disabledTargets),
    },
  ];
}
