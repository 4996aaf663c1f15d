/** Exact arithmetic of totals: numbers while they are exact, bigint beyond (`Total`). */
import type { Total } from './counters.js';

/** Returns `a - b`, exactly. */
export function subtractTotals(a: Total, b: Total): Total {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return BigInt(a) - BigInt(b);
}

/** Returns `a + b`, exactly. */
export function addTotals(a: Total, b: Total): Total {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return BigInt(a) + BigInt(b);
}
