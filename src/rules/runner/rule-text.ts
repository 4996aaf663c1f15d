/** Writes what has happened to a rule for people. */
import type { Period } from '../../counters/definition.js';
import { getPresentation, getReading, isMeasure, type NumberDefinitions } from '../../measures/shown-number.js';
import { formatNumber } from '../../measures/format.js';
import { isSilenceCondition, type RuleCondition } from '../rule.js';

const PERIOD_TEXTS: Readonly<Record<Period, string>> = {
  hour: 'this hour',
  day: 'today',
  week: 'this week',
  month: 'this month',
  year: 'this year',
};

/** Locale of messages: a program reads them as well as people. */
const LOCALE = 'en';

/** A rule, and what has happened to it. */
export interface DescribedTransition {
  readonly when: RuleCondition;
  readonly clearsAt: number | undefined;
  readonly kind: 'fired' | 'cleared' | 'test';
  /** The number now. */
  readonly value: number;
}

export function describeTransition(definitions: NumberDefinitions, transition: DescribedTransition): string {
  const { when, clearsAt, kind, value } = transition;
  const title = getPresentation(definitions, when.of).title ?? when.of;
  const reading = getReading(definitions, when.of);
  const isOfMeasure = isMeasure(definitions, when.of);
  const write = (number: number): string =>
    formatNumber(isOfMeasure ? number.toFixed(reading.scale) : number, reading, LOCALE);
  const prefix = kind === 'test' ? 'Test: ' : '';
  if (isSilenceCondition(when)) {
    return kind === 'cleared'
      ? `${title}: changed again, now ${write(value)}`
      : `${prefix}${title}: no change for ${describeDuration(when.silentFor)}, at ${write(value)}`;
  }
  const [relation, limit] = 'above' in when ? (['above', when.above] as const) : (['below', when.below] as const);
  const period = when.in === undefined ? '' : ` ${PERIOD_TEXTS[when.in]}`;
  const number = `${prefix}${title}${period}: ${write(value)}`;
  if (kind === 'test') return `${number}; the rule fires ${relation} ${write(limit)}`;
  return kind === 'fired'
    ? `${number}, ${relation} ${write(limit)}`
    : `${number}, no longer ${relation} ${write(clearsAt ?? limit)}`;
}

const UNITS = ['day', 'hour', 'minute', 'second'] as const;

/** Writes an ISO 8601 duration in words: `PT1H30M` reads 1 hour 30 minutes. */
function describeDuration(duration: string): string {
  const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration)?.slice(1) ?? [];
  const words = parts.flatMap((digits, index) => {
    const count = Number(digits ?? 0);
    return count === 0 ? [] : [`${count} ${UNITS[index]}${count === 1 ? '' : 's'}`];
  });
  return words.join(' ');
}
