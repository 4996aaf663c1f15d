/** The shop's clock: delays of steps, and the time it shows. */
import { ShopClock } from './shop-clock.js';

it('the clock delays a step until its time, at the given speed', () => {
  const pace = new ShopClock(60, 3_600, 1_000);
  expect(pace.computeWaitMs(3_660, 1_000)).toBe(1_000);
  expect(pace.computeWaitMs(3_660, 1_600)).toBe(400);
  expect(pace.computeWaitMs(3_660, 2_000)).toBe(0);
});

it('the clock catches up after a short lag', () => {
  const pace = new ShopClock(60, 0, 0);
  expect(pace.computeWaitMs(60, 1_900)).toBe(0);
  expect(pace.computeWaitMs(120, 1_900)).toBe(100);
});

it('the clock continues at the normal speed after a long lag', () => {
  const pace = new ShopClock(60, 0, 0);
  expect(pace.computeWaitMs(60, 9_000)).toBe(0);
  expect(pace.computeWaitMs(120, 9_000)).toBe(1_000);
});

it('the clock never shows a time past a step that is not done', () => {
  const pace = new ShopClock(60, 0, 0);
  pace.computeWaitMs(60, 0);
  expect(pace.getShopTimeS(500)).toBe(30);
  expect(pace.getShopTimeS(5_000)).toBe(60);
});

it('the clock never waits at infinite speed, and shows the time of the last step', () => {
  const pace = new ShopClock(Infinity, 100, 0);
  expect(pace.getShopTimeS(0)).toBe(100);
  expect(pace.computeWaitMs(86_400, 0)).toBe(0);
  expect([pace.getShopTimeS(0), pace.getShopTimeS(1)]).toEqual([86_400, 86_400]);
});
