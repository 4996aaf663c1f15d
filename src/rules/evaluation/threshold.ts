/** Decides when a rule about a threshold fires and clears. Pure. */
import type { ThresholdCondition } from '../rule.js';

/** A closed interval of numbers; -Infinity or Infinity where it has no end. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/**
 * Decides what a number does to a rule. `above: n` fires once the number is greater than n, and clears once it is at
 * most `clearsAt`. `below: n` fires once it is less than n, and clears once it is at least `clearsAt`.
 * @param clearsAt default: n
 * @param isHolding true from the moment at which the rule fired until it clears
 * @param number null for a ratio whose divisor is 0: it changes nothing
 */
export function decideThreshold(
  condition: ThresholdCondition,
  clearsAt: number | undefined,
  isHolding: boolean,
  number: number | null,
): 'fire' | 'clear' | undefined {
  if (number === null) return undefined;
  if (!isHolding) {
    const fires = 'above' in condition ? number > condition.above : number < condition.below;
    return fires ? 'fire' : undefined;
  }
  const clears =
    'above' in condition ? number <= (clearsAt ?? condition.above) : number >= (clearsAt ?? condition.below);
  return clears ? 'clear' : undefined;
}

/**
 * Returns the numbers for which {@link decideThreshold} decides nothing. Comparing a number with them is all that an
 * unremarkable change costs.
 *
 * While the rule holds, the end at `clearsAt` is the next double beyond it, so that the interval is exact for every
 * number. Integers lie in it from `Math.ceil(low)` to `Math.floor(high)`.
 */
export function getBounds(condition: ThresholdCondition, clearsAt: number | undefined, isHolding: boolean): Bounds {
  if ('above' in condition) {
    const { above } = condition;
    return isHolding ? { low: getNextUp(clearsAt ?? above), high: Infinity } : { low: -Infinity, high: above };
  }
  const { below } = condition;
  return isHolding ? { low: -Infinity, high: -getNextUp(-(clearsAt ?? below)) } : { low: below, high: Infinity };
}

/** Returns the smallest double that is greater than a finite number (IEEE 754, `nextUp`). */
function getNextUp(number: number): number {
  if (number === 0) return Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  // The bits of doubles of one sign are ordered by magnitude.
  view.setBigInt64(0, view.getBigInt64(0) + (number > 0 ? 1n : -1n));
  return view.getFloat64(0);
}
