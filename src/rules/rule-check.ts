/** Compares a rule with the definition of its dashboard: names that must exist, and numbers that can be reached. */
import { MAX_VALUE } from '../counters/counters.js';
import type { CounterDefinition, DashboardSettings } from '../counters/definition.js';
import type { DefinitionFault } from '../measures/definition-check.js';
import { getMeasureScale } from '../measures/derived-measure.js';
import { findSimilarNames } from '../validation/similar-names.js';
import { findLongestWindow, parseDuration } from './evaluation/silence.js';
import { isSilenceCondition, type RuleDefinition, type SilenceCondition } from './rule.js';

/** The part of a dashboard's definition that rules are about. */
export interface RuledDashboard extends Pick<DashboardSettings, 'measures'> {
  readonly counters: Readonly<Record<string, CounterDefinition>>;
}

/** Returns all faults of a rule whose shape is valid, in its order; none if the dashboard can have it. */
export function checkRuleAgainst(rule: RuleDefinition, { counters, measures = {} }: RuledDashboard): DefinitionFault[] {
  const { when, clearsAt } = rule;
  const counter = getOwn(counters, when.of);
  const measure = getOwn(measures, when.of);
  if (counter === undefined && measure === undefined)
    return [{ pointer: '/when/of', detail: explainUnknownName(when.of, [counters, measures].flatMap(Object.keys)) }];
  if (isSilenceCondition(when)) return findSilenceFaults(when);

  const findFault =
    measure === undefined
      ? findCounterNumberFault
      : (number: number) =>
          findDecimalsFault(
            number,
            getMeasureScale(measure, (name) => counters[name]?.scale ?? 0),
          );
  const check = (pointer: string, number: number): DefinitionFault[] => {
    const detail = findFault(number);
    return detail === undefined ? [] : [{ pointer, detail }];
  };
  return [
    ...(counter?.kind === 'gauge' && when.in !== undefined
      ? [{ pointer: '/when/in', detail: 'is not for gauges: leave it out, a gauge has no number of a period' }]
      : []),
    ...('above' in when ? check('/when/above', when.above) : check('/when/below', when.below)),
    ...(clearsAt === undefined ? [] : check('/clearsAt', clearsAt)),
  ];
}

/** Silence starts at 0 with each window, so a rule that asks for more than a window can never fire. */
function findSilenceFaults(when: SilenceCondition): DefinitionFault[] {
  const windowMinutes = findLongestWindow(when) / 60_000;
  if (parseDuration(when.silentFor) <= windowMinutes * 60_000) return [];
  const [hours, minutes] = [Math.floor(windowMinutes / 60), windowMinutes % 60];
  const longest = `PT${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}`;
  return [{ pointer: '/when/silentFor', detail: `must be at most ${longest}, the time that between and on leave` }];
}

/** Names such as `constructor` are valid. */
function getOwn<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function explainUnknownName(name: string, names: readonly string[]): string {
  const similarNames = findSimilarNames(name, names);
  const remedy =
    similarNames.length > 0 ? `did you mean ${similarNames.join(' or ')}?` : 'define it, or correct the name';
  return `is ${name}, which is no counter or measure of this dashboard: ${remedy}`;
}

function findCounterNumberFault(number: number): string | undefined {
  if (!Number.isInteger(number)) return 'must be an integer of the smallest unit: 12480 for 124.80 at scale 2';
  return Math.abs(number) > MAX_VALUE ? `must be from -${MAX_VALUE} to ${MAX_VALUE}` : undefined;
}

function findDecimalsFault(number: number, scale: number): string | undefined {
  if (countDecimals(number) <= scale) return undefined;
  return scale === 0
    ? 'must be an integer, since the measure has no decimals'
    : `must have at most ${scale} ${scale === 1 ? 'decimal' : 'decimals'}, as the measure has`;
}

/** Returns the digits behind the decimal point that a number needs: 2 for 1.25, 7 for 1e-7, 0 for 1e21. */
function countDecimals(number: number): number {
  const [digits = '', exponent = '0'] = String(number).split('e');
  return Math.max(0, (digits.split('.')[1] ?? '').length - Number(exponent));
}
