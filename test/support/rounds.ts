/**
 * Size and seed of the tests that repeat random faults. The suite runs a few rounds of each; `ROUNDS=100 SEED=7 npm run
 * jest -- ...` tries more of them, and others.
 */

/** Reads a positive integer from the environment of the tests. @throws Error if it is anything else */
export function readPositiveInteger(name: string, defaultValue: number): number {
  const value = Number(process.env[name] ?? defaultValue);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`${name} is ${process.env[name]}: set it to a positive integer, or leave it out`);
}

/** Seed of the random decisions. How processes interleave is not decided by it. */
export const SEED = readPositiveInteger('SEED', 1);

/** Returns the time limit for a test of `rounds` rounds, milliseconds. @param roundMs limit for one round */
export function computeTimeLimit(rounds: number, roundMs: number): number {
  return 120_000 + rounds * roundMs;
}

/** Returns pseudo-random integers below a bound, the same for each seed (mulberry32). */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Returns the items in random order again and again, so that `items.length` rounds meet each of them once. */
export function createDeck<T>(items: readonly T[], random: (below: number) => number): () => T {
  const remaining: T[] = [];
  return () => {
    if (remaining.length === 0) remaining.push(...items);
    const [item] = remaining.splice(random(remaining.length), 1);
    return item as T;
  };
}
