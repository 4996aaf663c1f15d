/** The change that a viewer has typed: its request and its result, or the reason why it cannot be made. Pure. */
import type { NumberReading } from '../../src/measures/format.js';
import type { ChangeRequest } from '../data/optimistic-changes.js';
import { type NumberFault, parseTypedNumber } from './typed-number.js';

export const CHANGE_WAYS = ['add', 'remove', 'set'] as const;
export type ChangeWay = (typeof CHANGE_WAYS)[number];

/** `not-positive`: an amount of 0 or less. `too-few`: less remains than is to be removed. `below-min`: set too low. */
export type ChangeFault = NumberFault | 'not-positive' | 'too-few' | 'below-min';

/** Numbers are in the smallest unit. */
export type PlannedChange =
  | { readonly request: ChangeRequest; readonly typed: number; readonly after: number }
  | { readonly fault: ChangeFault; readonly typed: number | undefined };

/** A counter as it is now. */
export interface ChangedCounter {
  readonly value: number;
  /** Lowest value; null if there is none. */
  readonly min: number | null;
  readonly reading: NumberReading;
}

/** @param text amount to add or to remove, or the value to set, as typed @param locale BCP 47 tag */
export function planChange(
  way: ChangeWay,
  text: string,
  { value, min, reading }: ChangedCounter,
  locale: string,
): PlannedChange {
  const parsed = parseTypedNumber(text, reading, locale);
  if ('fault' in parsed) return { fault: parsed.fault, typed: undefined };
  const typed = parsed.units;
  const least = min ?? -Number.MAX_SAFE_INTEGER;
  if (way === 'set') {
    if (typed < least) return { fault: 'below-min', typed };
    return { request: { to: typed }, typed, after: typed };
  }
  if (typed <= 0) return { fault: 'not-positive', typed };
  const by = way === 'add' ? typed : -typed;
  const after = value + by;
  if (after < least) return { fault: 'too-few', typed };
  if (after > Number.MAX_SAFE_INTEGER) return { fault: 'too-large', typed };
  return { request: { by }, typed, after };
}

/**
 * Returns the typed number after a press on + or −.
 * @param typed number before; undefined if what was typed is none
 * @param step one as it is read, in the smallest unit
 */
export function stepTyped(
  way: ChangeWay,
  typed: number | undefined,
  step: number,
  { value, min }: Pick<ChangedCounter, 'value' | 'min'>,
): number {
  const start = typed ?? (way === 'set' ? value : 0);
  const least = way === 'set' ? (min ?? -Number.MAX_SAFE_INTEGER) : Math.min(start, Math.abs(step));
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(least, start + step));
}
