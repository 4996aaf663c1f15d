/** Rules of a dashboard: a condition on a counter or a measure, and who is notified. */
import type { Period } from '../counters/definition.js';

/** Most rules of a dashboard. Their names match `NAME_PATTERN`. */
export const MAX_RULES = 1_000;
/** Most targets of a rule. */
export const MAX_NOTIFY = 4;
/** Longest address of a target, UTF-16 code units. */
export const MAX_URL_LENGTH = 2_048;

/** Days of the week, as `on` names them, in the order of ISO 8601. */
export const SHORT_WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type ShortWeekday = (typeof SHORT_WEEKDAYS)[number];

export const NOTIFY_FORMATS = ['cloudevents', 'slack'] as const;
export type NotifyFormat = (typeof NOTIFY_FORMATS)[number];

/** The number of a condition: that of a counter or a measure, or with `in` that of its present period. */
interface NumberOf {
  /** Name of a counter or a measure. */
  readonly of: string;
  /** Not for gauges. */
  readonly in?: Period;
}

/**
 * Holds while the number is greater than `above`, or less than `below`. Both are in the smallest unit of a counter, and
 * in decimals for a measure.
 */
export type ThresholdCondition = (NumberOf & { readonly above: number }) | (NumberOf & { readonly below: number });

/** Holds once no change set has touched `of` for `silentFor`, counted inside the window only. */
export interface SilenceCondition {
  /** Name of a counter or a measure. */
  readonly of: string;
  /** Duration of ISO 8601, for example `PT30M`. */
  readonly silentFor: string;
  /** Local times of the dashboard's zone, `HH:MM-HH:MM`. Without it, whole days. */
  readonly between?: string;
  /** Days on which a window begins. Without it, every day. */
  readonly on?: readonly ShortWeekday[];
}

export type RuleCondition = ThresholdCondition | SilenceCondition;

/** An address that is told when the rule fires and when it clears. */
export interface NotifyTarget {
  readonly url: string;
  readonly format: NotifyFormat;
  /** `whsec_` and base64, as Standard Webhooks write it. Slack takes none: its address is the secret. */
  readonly secret?: string;
}

export interface RuleDefinition {
  readonly when: RuleCondition;
  /** Number at which a threshold clears; default: the threshold itself. At most `above`, at least `below`. */
  readonly clearsAt?: number;
  /** 1 to {@link MAX_NOTIFY}. */
  readonly notify: readonly NotifyTarget[];
}

export function isSilenceCondition(condition: RuleCondition): condition is SilenceCondition {
  return 'silentFor' in condition;
}
