/** The clock of a shop: how long it makes a step wait, and what it shows. */
import { ShopClock } from './shop-clock.js';

it('makes a step wait until its time, at the speed that was asked for', () => {
  const pace = new ShopClock(60, 3_600, 1_000);
  expect(pace.computeWaitMs(3_660, 1_000)).toBe(1_000);
  expect(pace.computeWaitMs(3_660, 1_600)).toBe(400);
  expect(pace.computeWaitMs(3_660, 2_000)).toBe(0);
});

it('catches up on a short delay', () => {
  const pace = new ShopClock(60, 0, 0);
  expect(pace.computeWaitMs(60, 1_900)).toBe(0);
  expect(pace.computeWaitMs(120, 1_900)).toBe(100);
});

it('does not hurry after a long one', () => {
  const pace = new ShopClock(60, 0, 0);
  expect(pace.computeWaitMs(60, 9_000)).toBe(0);
  expect(pace.computeWaitMs(120, 9_000)).toBe(1_000);
});

it('shows no time at which there is still something to do', () => {
  const pace = new ShopClock(60, 0, 0);
  pace.computeWaitMs(60, 0);
  expect(pace.getShopTimeS(500)).toBe(30);
  expect(pace.getShopTimeS(5_000)).toBe(60);
});

it('never waits without a speed limit, and is where its last step is', () => {
  const pace = new ShopClock(Infinity, 100, 0);
  expect(pace.getShopTimeS(0)).toBe(100);
  expect(pace.computeWaitMs(86_400, 0)).toBe(0);
  expect([pace.getShopTimeS(0), pace.getShopTimeS(1)]).toEqual([86_400, 86_400]);
});
