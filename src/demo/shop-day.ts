/** The days of a shop, made up from a seed: who orders, returns, signs up and off, and what the trucks bring. Pure. */
import { exponential, geometric, makeRandom, poisson, type Random } from './random.js';

export const SHOP_COUNTERS = ['orders', 'customers', 'products'] as const;
export type ShopCounter = (typeof SHOP_COUNTERS)[number];

export const KINDS = ['order', 'return', 'sign-up', 'sign-off', 'delivery', 'stocktaking'] as const;
export type Kind = (typeof KINDS)[number];

/** One thing that happens in the shop. */
export interface ShopStep {
  /** Seconds since the midnight before the first day. */
  readonly atS: number;
  readonly kind: Kind;
  /** Why, for the ledger. */
  readonly reason: string;
  /** What it adds or takes. Of a stocktaking: how much more or less is found than was counted, which may be 0. */
  readonly by: Readonly<Partial<Record<ShopCounter, number>>>;
}

const MINUTE_S = 60;
export const HOUR_S = 3_600;
export const DAY_S = 24 * HOUR_S;

/** Orders an hour at each full hour: a quiet night, a peak at lunch and one in the evening. Made up, as are all figures below. */
const ORDERS_AN_HOUR = [
  3, 2, 1, 1, 1, 3, 10, 25, 40, 45, 50, 75, 110, 95, 60, 50, 55, 80, 115, 120, 85, 50, 25, 10,
] as const;
/** Sign-ups and sign-offs for each order. */
const SIGN_UPS = 0.15;
const SIGN_OFFS = 0.02;
const MOST_AN_HOUR = Math.max(...ORDERS_AN_HOUR) * (1 + SIGN_UPS + SIGN_OFFS);

/** Whether one more product goes into a basket: 1.8 on average. */
const NO_MORE_PRODUCTS = 1 / 1.8;
const RETURNED = 0.06;
/** A return comes after a while, in opening hours. */
const RETURN_AFTER_S = 20 * MINUTE_S;
const RETURN_MEAN_S = 5 * HOUR_S;
const OPENS_S = 8 * HOUR_S;
const CLOSES_S = 20 * HOUR_S;

/** When the trucks come, give or take, and up to which stock they fill the shelves, pallet by pallet. */
const TRUCKS_S = [6 * HOUR_S, 11 * HOUR_S, 15.5 * HOUR_S] as const;
const TRUCK_LATE_S = 20 * MINUTE_S;
const FULL_STOCK = 1_200;
const PALLET = 96;
const PALLET_MEAN_S = 2 * MINUTE_S;

const STOCKTAKING_S = 22.5 * HOUR_S;
const STOCKTAKING_CHANCE = 0.25;
const LOST_MEAN = 4;
const FOUND_MEAN = 1;

/** Something that will happen, unless there is nothing to do when the time comes. */
interface Plan {
  readonly atS: number;
  readonly does: (atS: number) => ShopStep | undefined;
}

/**
 * The steps of a shop in the order of time, day after day without end. The first is a delivery. No counter is taken below 0, counted
 * from 0 at the first step. The same seed and start give the same steps.
 * @param fromS start, seconds since the midnight before the first day
 */
export function* shopDays(seed: number, fromS: number): Generator<ShopStep, never> {
  const shop = new Shop(makeRandom(seed), fromS);
  for (;;) {
    const step = shop.next();
    if (step) yield step;
  }
}

/** How many orders an hour there are at a time of day, on average: on a line between the full hours. */
export function ordersAnHour(atS: number): number {
  const hour = (atS % DAY_S) / HOUR_S;
  const [from, to] = [Math.floor(hour), Math.ceil(hour) % 24].map((index) => ORDERS_AN_HOUR[index] ?? 0);
  return (from ?? 0) + ((to ?? 0) - (from ?? 0)) * (hour % 1);
}

class Shop {
  #stock = 0;
  #customers = 0;
  #orders = 0;
  /** When somebody may come next. */
  #comesS: number;
  /** What is to come at times that are known, the nearest first. */
  readonly #plans: Plan[] = [];

  constructor(
    private readonly random: Random,
    fromS: number,
  ) {
    this.#comesS = fromS;
    this.#plan(fromS, (atS) => this.#unload(atS));
    this.#planDay(fromS - (fromS % DAY_S), fromS);
  }

  next(): ShopStep | undefined {
    const [plan] = this.#plans;
    if (plan && plan.atS <= this.#comesS) {
      this.#plans.shift();
      return plan.does(plan.atS);
    }
    const atS = this.#comesS;
    this.#comesS += exponential(this.random, HOUR_S / MOST_AN_HOUR);
    // Of arrivals at the highest rate, as many stay as the time of day has (thinning: Lewis and Shedler, 1979).
    const drawn = this.random() * MOST_AN_HOUR;
    const orders = ordersAnHour(atS);
    if (drawn < orders) return this.#order(atS);
    if (drawn < orders * (1 + SIGN_UPS)) return this.#signUp(atS);
    return drawn < orders * (1 + SIGN_UPS + SIGN_OFFS) ? this.#signOff(atS) : undefined;
  }

  #plan(atS: number, does: Plan['does']): void {
    const place = this.#plans.findIndex((plan) => plan.atS > atS);
    this.#plans.splice(place < 0 ? this.#plans.length : place, 0, { atS, does });
  }

  /** Plans what a day has for certain, as far as it is still to come, and the planning of the next. */
  #planDay(midnightS: number, fromS: number): void {
    for (const truckS of TRUCKS_S) {
      const atS = midnightS + truckS + this.random() * TRUCK_LATE_S;
      if (atS > fromS) this.#plan(atS, () => this.#unload(atS));
    }
    const counts = this.random() < STOCKTAKING_CHANCE;
    const stocktakingS = midnightS + STOCKTAKING_S;
    if (counts && stocktakingS > fromS) this.#plan(stocktakingS, () => this.#takeStock(stocktakingS));
    this.#plan(midnightS + DAY_S, (atS) => {
      this.#planDay(atS, atS);
      return undefined;
    });
  }

  /** An order takes what is left; who finds nothing goes. */
  #order(atS: number): ShopStep | undefined {
    const products = Math.min(1 + geometric(this.random, NO_MORE_PRODUCTS), this.#stock);
    if (products === 0) return undefined;
    this.#stock -= products;
    this.#orders += 1;
    const number = this.#orders;
    if (this.random() < RETURNED) {
      const lagS = RETURN_AFTER_S + exponential(this.random, RETURN_MEAN_S);
      this.#plan(whenOpen(atS + lagS, this.random), (dueS) => this.#return(dueS, number, products));
    }
    return { atS, kind: 'order', reason: `order ${number}`, by: { orders: 1, products: -products } };
  }

  #return(atS: number, number: number, products: number): ShopStep {
    this.#stock += products;
    return { atS, kind: 'return', reason: `return of order ${number}`, by: { orders: -1, products } };
  }

  #signUp(atS: number): ShopStep {
    this.#customers += 1;
    return { atS, kind: 'sign-up', reason: 'sign-up', by: { customers: 1 } };
  }

  #signOff(atS: number): ShopStep | undefined {
    if (this.#customers === 0) return undefined;
    this.#customers -= 1;
    return { atS, kind: 'sign-off', reason: 'sign-off', by: { customers: -1 } };
  }

  /** A truck brings what the shelves have room for in whole pallets: the first at once, the others as they are unloaded. */
  #unload(atS: number): ShopStep | undefined {
    const pallets = Math.floor((FULL_STOCK - this.#stock) / PALLET);
    let unloadedS = atS;
    for (let pallet = 2; pallet <= pallets; pallet += 1) {
      unloadedS += exponential(this.random, PALLET_MEAN_S);
      this.#plan(unloadedS, (dueS) => this.#deliver(dueS, pallet, pallets));
    }
    return pallets > 0 ? this.#deliver(atS, 1, pallets) : undefined;
  }

  #deliver(atS: number, pallet: number, pallets: number): ShopStep {
    this.#stock += PALLET;
    return { atS, kind: 'delivery', reason: `delivery, pallet ${pallet} of ${pallets}`, by: { products: PALLET } };
  }

  #takeStock(atS: number): ShopStep {
    const off = Math.max(poisson(this.random, FOUND_MEAN) - poisson(this.random, LOST_MEAN), -this.#stock);
    this.#stock += off;
    return { atS, kind: 'stocktaking', reason: 'stocktaking', by: { products: off } };
  }
}

/** The time itself when the shop is open then, else some minutes after it opens next. */
function whenOpen(atS: number, random: Random): number {
  const timeS = atS % DAY_S;
  if (timeS >= OPENS_S && timeS < CLOSES_S) return atS;
  const opensS = atS - timeS + (timeS < OPENS_S ? 0 : DAY_S) + OPENS_S;
  return opensS + exponential(random, 20 * MINUTE_S);
}
