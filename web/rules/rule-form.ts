/** The form of a rule: texts as people type them, and the rule that they describe. Pure. */
import type { DashboardDefinition, Period } from '../../src/client/client.js';
import type { NotifyFormat, RuleCondition, RuleDefinition } from '../../src/client/rules.js';
import { toDecimalText } from '../../src/measures/decimal.js';
import { formatNumber } from '../../src/measures/format.js';
import { getPresentation, getReading, isMeasure } from '../../src/measures/shown-number.js';
import { type NumberFault, parseTypedNumber } from '../activity/typed-number.js';

export type ConditionKind = 'above' | 'below' | 'silent';
export type TimeUnit = 'minutes' | 'hours' | 'days';

/** Amounts are texts in the reader's locale. */
export interface RuleForm {
  /** Name of a counter or a measure. */
  readonly of: string;
  readonly kind: ConditionKind;
  readonly limit: string;
  /** `total` for the value itself. */
  readonly period: 'total' | Period;
  readonly time: string;
  readonly unit: TimeUnit;
  readonly format: NotifyFormat;
  readonly url: string;
}

export type RuleFault = NumberFault | 'no-address' | 'no-time';

/** Fields by the rest of their JSON pointer, as the service names them: `when/above`, `notify/0/url`. */
export type RuleFaults = ReadonlyMap<string, RuleFault>;

const SUFFIXES: Readonly<Record<TimeUnit, readonly [start: string, end: string]>> = {
  minutes: ['PT', 'M'],
  hours: ['PT', 'H'],
  days: ['P', 'D'],
};

/** Beginning of a form: a counter, and its target while it is being edited. */
export interface RuleSubject {
  readonly of: string;
  readonly target?: { readonly text: string; readonly period: 'total' | Period };
}

/** Returns a new form. The target of the counter is its limit. @param locale BCP 47 tag */
export function createRuleForm(definition: DashboardDefinition, subject: RuleSubject, locale: string): RuleForm {
  const { of } = subject;
  const { limit, period } = suggestLimit(definition, subject, locale);
  return { of, kind: 'above', limit, period, time: '', unit: 'hours', format: 'cloudevents', url: '' };
}

/** Returns the target of a counter as a limit; without one, no limit in the period that its tile shows. */
export function suggestLimit(
  definition: DashboardDefinition,
  { of, target }: RuleSubject,
  locale: string,
): Pick<RuleForm, 'limit' | 'period'> {
  const presentation = getPresentation(definition, of);
  if (isGauge(definition, of)) {
    const limit = target?.text ?? (presentation.target ? write(definition, of, presentation.target.value, locale) : '');
    return { limit, period: 'total' };
  }
  if (target && target.text.trim() !== '') return { limit: target.text, period: target.period };
  const stored = presentation.target;
  return stored
    ? { limit: write(definition, of, stored.value, locale), period: stored.per ?? 'total' }
    : { limit: '', period: presentation.headline ?? 'total' };
}

/** True for a counter that is a level: it has no number of a period. */
export function isGauge({ counters }: DashboardDefinition, name: string): boolean {
  return Object.hasOwn(counters, name) && counters[name]?.kind === 'gauge';
}

function write(definition: DashboardDefinition, name: string, number: number, locale: string): string {
  const { scale } = getReading(definition, name);
  return formatNumber(isMeasure(definition, name) ? number.toFixed(scale) : number, { scale }, locale);
}

/** Returns the rule that a form describes, or the faults of its fields. @param locale BCP 47 tag */
export function readRuleForm(
  form: RuleForm,
  definition: DashboardDefinition,
  locale: string,
): { readonly rule: RuleDefinition | undefined; readonly faults: RuleFaults } {
  const faults = new Map<string, RuleFault>();
  const when = readCondition(form, definition, locale, faults);
  const url = form.url.trim();
  if (url === '') faults.set('notify/0/url', 'no-address');
  const isComplete = when !== undefined && faults.size === 0;
  return { rule: isComplete ? { when, notify: [{ url, format: form.format }] } : undefined, faults };
}

function readCondition(
  { of, kind, limit, period, time, unit }: RuleForm,
  definition: DashboardDefinition,
  locale: string,
  faults: Map<string, RuleFault>,
): RuleCondition | undefined {
  if (kind === 'silent') {
    const typed = parseTypedNumber(time, { scale: 0 }, locale);
    if ('units' in typed && typed.units > 0) {
      const [start, end] = SUFFIXES[unit];
      return { of, silentFor: `${start}${typed.units}${end}` };
    }
    faults.set('when/silentFor', 'no-time');
    return undefined;
  }
  const reading = getReading(definition, of);
  const typed = parseTypedNumber(limit, reading, locale);
  if ('fault' in typed) {
    faults.set(`when/${kind}`, typed.fault);
    return undefined;
  }
  const number = isMeasure(definition, of) ? Number(toDecimalText(typed.units, reading.scale)) : typed.units;
  return { of, ...(period !== 'total' && !isGauge(definition, of) && { in: period }), [kind]: number };
}

/** Longest part of a name that comes from the counter: a name has at most 64 characters. */
const MAX_STEM_LENGTH = 48;

/** Returns a name for a rule that no other rule has: `orders-above`, `orders-above-2`. */
export function nameRule({ of, kind }: RuleForm, taken: ReadonlySet<string>): string {
  const stem = `${of.slice(0, MAX_STEM_LENGTH)}-${kind}`;
  let name = stem;
  for (let count = 2; taken.has(name); count += 1) name = `${stem}-${count}`;
  return name;
}
