/** Seeded random numbers: reproducible, uniform, and with the right means. */
import { drawExponential, drawGeometric, createRandom, drawPoisson, type RandomSource } from './random.js';

const TIMES = 20_000;

function computeMean(draw: (random: RandomSource) => number): number {
  const random = createRandom(7);
  let sum = 0;
  for (let time = 0; time < TIMES; time += 1) sum += draw(random);
  return sum / TIMES;
}

function drawFirst(seed: number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: 8 }, () => random());
}

it('the same seed gives the same numbers, the next seed others', () => {
  expect(drawFirst(7)).toEqual(drawFirst(7));
  expect(drawFirst(8).filter((number) => drawFirst(7).includes(number))).toEqual([]);
});

it('numbers are uniform from 0 to 1', () => {
  const tenths = Array.from({ length: 10 }, () => 0);
  const random = createRandom(1);
  for (let time = 0; time < TIMES; time += 1) {
    const tenth = Math.floor(random() * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  expect(tenths).toHaveLength(10);
  // Five standard deviations on either side.
  for (const count of tenths) expect(Math.abs(count - TIMES / 10)).toBeLessThan(5 * Math.sqrt(TIMES * 0.1 * 0.9));
});

it.each([
  ['exponential', (random: RandomSource) => drawExponential(random, 3), 3],
  ['poisson', (random: RandomSource) => drawPoisson(random, 4), 4],
  ['geometric', (random: RandomSource) => drawGeometric(random, 0.25), 3],
])('the %s distribution has its mean', (_, draw, mean) => {
  expect(Math.abs(computeMean(draw) - mean)).toBeLessThan(mean * 0.05);
});
