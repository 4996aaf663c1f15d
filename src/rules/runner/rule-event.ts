/** Creates the events of rules. */
import type { DashboardState } from '../../dashboard/state/dashboard-state.js';
import type { RuleEvent } from '../delivery/notification-body.js';
import { isSilenceCondition } from '../rule.js';
import type { StoredRule } from '../rule-documents.js';
import { describeTransition } from './rule-text.js';

/** @param state of the dashboard, for the titles and the units of the text */
export function createRuleEvent(
  state: DashboardState,
  { name: rule, when, clearsAt }: Pick<StoredRule, 'name' | 'when' | 'clearsAt'>,
  { kind, value, revision, at }: Pick<RuleEvent, 'kind' | 'value' | 'revision' | 'at'>,
): RuleEvent {
  const { dashboard, epoch } = state;
  const { measures = {} } = state.settings;
  const text = describeTransition({ counters: state.getDefinitions(), measures }, { when, clearsAt, kind, value });
  const base = { dashboard, rule, kind, of: when.of, value, text, epoch, revision, at };
  if (isSilenceCondition(when)) return { ...base, silentFor: when.silentFor };
  const limit = 'above' in when ? when.above : when.below;
  return { ...base, limit, ...(when.in !== undefined && { period: when.in }) };
}
