/** Days of the shop up to the present moment, as `tallyboard demo --backfill` and the page book them. Pure. */
import { DAY_IN_SECONDS, generateShopDays, HOUR_IN_SECONDS, MINUTE_IN_SECONDS } from './shop-day.js';
import { SHOP_TIME_ZONE } from './shop-definition.js';
import { type ShopPast, takePast } from './shop-past.js';

/** Returns the time of day in the shop's zone, seconds. @param ms milliseconds since the Unix epoch */
export function toSecondsOfDay(ms: number): number {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: SHOP_TIME_ZONE, timeStyle: 'medium' }).format(ms);
  const [hour = 0, minute = 0, second = 0] = clock.split(':').map(Number);
  return hour * HOUR_IN_SECONDS + minute * MINUTE_IN_SECONDS + second;
}

/** Returns the past of a number of days. The same seed and moment give the same past. @param nowMs its end */
export function createRecentPast(seed: number, days: number, nowMs: number): ShopPast {
  const durationS = days * DAY_IN_SECONDS;
  const startMs = (Math.floor(nowMs / 1_000) - durationS) * 1_000;
  const fromS = toSecondsOfDay(nowMs);
  return takePast(generateShopDays(seed, fromS), { fromS, durationS, startMs });
}
