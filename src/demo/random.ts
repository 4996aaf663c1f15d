/** Seeded random numbers: the same seed gives the same numbers on every machine. */

/** Returns numbers from 0 (inclusive) to 1 (exclusive). */
export type RandomSource = () => number;

/** Numbers to discard, so that a small seed has spread over the whole state. */
const WARM_UP_DRAWS = 15;

/**
 * Creates the generator `sfc32` of PractRand (Chris Doty-Humphrey, public domain): 128 bits of state, no period below
 * 2^32.
 * @param seed an integer; its lowest 32 bits are used
 */
export function createRandom(seed: number): RandomSource {
  let [a, b, c, turn] = [0, seed | 0, 0, 1];
  const next = (): number => {
    const sum = (a + b + turn) | 0;
    turn = (turn + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let turns = 0; turns < WARM_UP_DRAWS; turns += 1) next();
  return next;
}

/**
 * Draws the gap before the next arrival of a Poisson process, by inversion (Devroye, Non-Uniform Random Variate
 * Generation, II.2).
 */
export function drawExponential(random: RandomSource, mean: number): number {
  return -mean * Math.log(1 - random());
}

/**
 * Draws a Poisson number by multiplication (Knuth, The Art of Computer Programming 2, 3.4.1). Takes time in proportion
 * to the mean.
 */
export function drawPoisson(random: RandomSource, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
}

/** Draws the number of failures before the first success, by inversion (Devroye, X.2). */
export function drawGeometric(random: RandomSource, success: number): number {
  return Math.floor(Math.log(1 - random()) / Math.log(1 - success));
}
