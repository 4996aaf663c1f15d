/** Conditions of rules in words, and what is to be known of their state. */
import type { DashboardDefinition } from '../../src/client/client.js';
import type { Delivery, Rule } from '../../src/client/rules.js';
import { formatShownNumber, getPresentation } from '../../src/measures/shown-number.js';
import { formatLimit } from '../tile/limit-text.js';
import { isolate } from '../words/isolate.js';
import { formatList } from '../words/lists.js';
import { locale, words } from '../words/locale.js';
import { formatTime } from '../words/times.js';

/** ISO 8601 duration, as rules have it. */
const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const UNITS = ['days', 'hours', 'minutes', 'seconds'] as const;
const DAYS: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export function getRuleTitle(definition: DashboardDefinition, { when: { of } }: Pick<Rule, 'when'>): string {
  return getPresentation(definition, of).title ?? of;
}

/** Describes a condition: `More than 200 today`, `No change for 30 min, 09:00–18:00, Mon, Tue`. */
export function describeCondition(definition: DashboardDefinition, { when }: Pick<Rule, 'when'>): string {
  const { rules, numbers } = words.value;
  if (when.silentFor !== undefined) {
    const window = when.between === undefined ? [] : [isolate(when.between.replace('-', '–'))];
    const days = when.on === undefined ? [] : [formatList(when.on.map(nameDay))];
    return [rules.silent(isolate(describeTime(when.silentFor))), ...window, ...days].join(', ');
  }
  const period = when.in === undefined ? '' : numbers.running[when.in];
  const limit = describeLimit(definition, when.of, when.above ?? when.below ?? 0);
  return when.above === undefined ? rules.below(limit, period) : rules.above(limit, period);
}

/** Writes a number of a condition, marked for `Sentence`. */
export function describeLimit(definition: DashboardDefinition, name: string, number: number): string {
  return isolate(formatLimit(definition, name, number));
}

function describeTime(duration: string): string {
  const parts = DURATION.exec(duration)?.slice(1) ?? [];
  const { time } = words.value;
  return parts.flatMap((digits, index) => (digits ? [time[UNITS[index] ?? 'seconds'](Number(digits))] : [])).join(' ');
}

function nameDay(day: string): string {
  // 5 January 1970 was a Monday.
  return formatTime(Date.UTC(1970, 0, 5 + DAYS.indexOf(day)), 'weekday', 'UTC');
}

/** Something about a rule that somebody should know, and why it is so. */
export interface RuleRemark {
  readonly sign: 'warn' | 'clock';
  readonly text: string;
  readonly reason: string;
}

/** @param zone of the dashboard */
export function listRemarks({ notify, state }: Rule, zone: string | undefined): RuleRemark[] {
  const { rules } = words.value;
  return [
    ...(state.paused ? [{ sign: 'warn', text: rules.paused, reason: rules.whyPaused } as const] : []),
    ...notify.flatMap(({ host, disabledAt }) =>
      disabledAt === undefined
        ? []
        : [
            {
              sign: 'warn',
              text: rules.disabled(isolate(host)),
              reason: rules.whyDisabled(isolate(formatTime(disabledAt, 'dateTime', zone))),
            } as const,
          ],
    ),
    ...(state.waiting > 0
      ? [{ sign: 'clock', text: rules.waiting(state.waiting), reason: rules.whyWaiting } as const]
      : []),
    ...(state.givenUp > 0
      ? [{ sign: 'warn', text: rules.givenUp(state.givenUp), reason: rules.whyGivenUp } as const]
      : []),
    ...(state.dropped > 0
      ? [{ sign: 'warn', text: rules.dropped(state.dropped), reason: rules.whyDropped } as const]
      : []),
  ];
}

/** Says what has happened: `Fired at 201`. A silence has no number of its own. */
export function describeEvent(
  definition: DashboardDefinition,
  { when: { of, silentFor } }: Pick<Rule, 'when'>,
  { kind, value }: Pick<Delivery, 'kind' | 'value'>,
): string {
  const { rules } = words.value;
  const what = kind === 'fired' ? rules.fired : rules.cleared;
  if (silentFor !== undefined && kind === 'fired') return what;
  return rules.at(what, isolate(formatShownNumber(definition, of, value, locale.value)));
}
