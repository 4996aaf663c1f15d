/** Decides what an event counts: equality of scalars, and amounts. Pure. */
import type { Change } from '../counters/counters.js';
import { type EventPlace, type HookEvent, readEventPlace } from './hook-event.js';
import { type AmountFault, scaleAmount } from './scaled-amount.js';

export type Scalar = string | number | boolean | null;

/** A place that must have this value, of the same type. */
export interface HookCondition {
  readonly place: EventPlace;
  readonly value: Scalar;
}

/** An amount that the event has. */
export interface EventAmount {
  readonly place: EventPlace;
  /** Decimal places of the counter. */
  readonly scale: number;
}

export interface HookRule {
  /** All must hold. */
  readonly when: readonly HookCondition[];
  readonly counter: string;
  readonly by: number | EventAmount;
  /** True to remove in place of adding. */
  readonly remove: boolean;
}

/** The result of all rules: changes, nothing, or the reason why an amount is none. */
export type RuleResult =
  | { readonly kind: 'changes'; readonly changes: readonly Change[] }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'refused'; readonly detail: string };

/** Applies all rules that match, in their order. An amount of 0 changes nothing. */
export function applyRules(rules: readonly HookRule[], event: HookEvent): RuleResult {
  const changes: Change[] = [];
  for (const rule of rules) {
    if (!rule.when.every(({ place, value }) => readEventPlace(event, place) === value)) continue;
    const amount = typeof rule.by === 'number' ? rule.by : readAmount(event, rule.by);
    if (typeof amount === 'string') return { kind: 'refused', detail: describeFault(amount, rule) };
    if (amount !== 0) changes.push({ counter: rule.counter, by: rule.remove ? -amount : amount });
  }
  return changes.length > 0 ? { kind: 'changes', changes } : { kind: 'ignored' };
}

function readAmount(event: HookEvent, { place, scale }: EventAmount): number | AmountFault {
  return scaleAmount(readEventPlace(event, place), scale);
}

/** The value is not quoted: it may be anything that the sender has. */
function describeFault(fault: AmountFault, { by, counter }: HookRule): string {
  const { place, scale } = by as EventAmount;
  const reasons = {
    missing: 'is missing',
    'no-number': 'is neither a number nor decimal text',
    'not-whole': `has more than ${scale} decimal places (scale)`,
    'too-large': 'is beyond 9007199254740991 (2^53 - 1)',
  };
  return `${place.text}, the amount for ${counter}, ${reasons[fault]}`;
}
