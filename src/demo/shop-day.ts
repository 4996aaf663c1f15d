/** Simulates the days of a shop from a seed: orders, returns, sign-ups, sign-offs and deliveries. Pure. */
import { drawExponential, drawGeometric, createRandom, drawPoisson, type RandomSource } from './random.js';

export const SHOP_COUNTERS = ['orders', 'customers', 'products'] as const;
export type ShopCounter = (typeof SHOP_COUNTERS)[number];

export const STEP_KINDS = ['order', 'return', 'sign-up', 'sign-off', 'delivery', 'stocktaking'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export interface ShopStep {
  /** Seconds since the midnight before the first day. */
  readonly atS: number;
  readonly kind: StepKind;
  readonly reason: string;
  /** Amounts to add, negative to remove. For a stocktaking: the difference to the recorded stock, which may be 0. */
  readonly amounts: Readonly<Partial<Record<ShopCounter, number>>>;
}

const MINUTE_IN_SECONDS = 60;
export const HOUR_IN_SECONDS = 3_600;
export const DAY_IN_SECONDS = 24 * HOUR_IN_SECONDS;

/** Orders per hour at each full hour, with peaks at noon and in the evening. Invented, as are all figures below. */
const ORDERS_PER_HOUR = [
  3, 2, 1, 1, 1, 3, 10, 25, 40, 45, 50, 75, 110, 95, 60, 50, 55, 80, 115, 120, 85, 50, 25, 10,
] as const;
const SIGN_UPS_PER_ORDER = 0.15;
const SIGN_OFFS_PER_ORDER = 0.02;
const MAX_ARRIVALS_PER_HOUR = Math.max(...ORDERS_PER_HOUR) * (1 + SIGN_UPS_PER_ORDER + SIGN_OFFS_PER_ORDER);

/** Probability that a product is the last in its basket: baskets hold 1.8 on average. */
const LAST_PRODUCT_PROBABILITY = 1 / 1.8;
const RETURN_PROBABILITY = 0.06;
const MIN_RETURN_DELAY_S = 20 * MINUTE_IN_SECONDS;
const MEAN_RETURN_DELAY_S = 5 * HOUR_IN_SECONDS;
const OPENS_S = 8 * HOUR_IN_SECONDS;
const CLOSES_S = 20 * HOUR_IN_SECONDS;

/** Deliveries: trucks fill the stock with whole pallets. */
const TRUCK_ARRIVALS_S = [6 * HOUR_IN_SECONDS, 11 * HOUR_IN_SECONDS, 15.5 * HOUR_IN_SECONDS] as const;
const MAX_TRUCK_DELAY_S = 20 * MINUTE_IN_SECONDS;
const FULL_STOCK = 1_200;
const PALLET_SIZE = 96;
const MEAN_PALLET_INTERVAL_S = 2 * MINUTE_IN_SECONDS;

const STOCKTAKING_S = 22.5 * HOUR_IN_SECONDS;
const STOCKTAKING_PROBABILITY = 0.25;
const MEAN_LOST_PRODUCTS = 4;
const MEAN_FOUND_PRODUCTS = 1;

/** An event at a known time. `createStep` returns undefined if there is nothing to do at that time. */
interface ScheduledStep {
  readonly atS: number;
  readonly createStep: (atS: number) => ShopStep | undefined;
}

/**
 * Generates the steps of a shop in chronological order, without end. The first one is a delivery. Counters start at 0
 * and never go below. The same seed and start give the same steps.
 * @param fromS start, seconds since the midnight before the first day
 */
export function* generateShopDays(seed: number, fromS: number): Generator<ShopStep, never> {
  const shop = new ShopSimulation(createRandom(seed), fromS);
  for (;;) {
    const step = shop.nextStep();
    if (step) yield step;
  }
}

/** Returns the mean number of orders per hour at a time of day, interpolated between full hours. */
export function computeOrdersPerHour(atS: number): number {
  const hour = (atS % DAY_IN_SECONDS) / HOUR_IN_SECONDS;
  const [from, to] = [Math.floor(hour), Math.ceil(hour) % 24].map((index) => ORDERS_PER_HOUR[index] ?? 0);
  return (from ?? 0) + ((to ?? 0) - (from ?? 0)) * (hour % 1);
}

class ShopSimulation {
  #stock = 0;
  #customers = 0;
  #orders = 0;
  #nextArrivalS: number;
  /** Events at known times, soonest first. */
  readonly #schedule: ScheduledStep[] = [];

  constructor(
    private readonly random: RandomSource,
    fromS: number,
  ) {
    this.#nextArrivalS = fromS;
    this.#scheduleStep(fromS, (atS) => this.#unloadTruck(atS));
    this.#scheduleDay(fromS - (fromS % DAY_IN_SECONDS), fromS);
  }

  nextStep(): ShopStep | undefined {
    const [scheduled] = this.#schedule;
    if (scheduled && scheduled.atS <= this.#nextArrivalS) {
      this.#schedule.shift();
      return scheduled.createStep(scheduled.atS);
    }
    const atS = this.#nextArrivalS;
    this.#nextArrivalS += drawExponential(this.random, HOUR_IN_SECONDS / MAX_ARRIVALS_PER_HOUR);
    // Arrivals come at the highest rate; those above the rate of the time of day are dropped (thinning: Lewis and
    // Shedler, 1979).
    const drawn = this.random() * MAX_ARRIVALS_PER_HOUR;
    const orderRate = computeOrdersPerHour(atS);
    if (drawn < orderRate) return this.#placeOrder(atS);
    if (drawn < orderRate * (1 + SIGN_UPS_PER_ORDER)) return this.#signUp(atS);
    return drawn < orderRate * (1 + SIGN_UPS_PER_ORDER + SIGN_OFFS_PER_ORDER) ? this.#signOff(atS) : undefined;
  }

  #scheduleStep(atS: number, createStep: ScheduledStep['createStep']): void {
    const index = this.#schedule.findIndex((plan) => plan.atS > atS);
    this.#schedule.splice(index < 0 ? this.#schedule.length : index, 0, { atS, createStep });
  }

  /** Schedules the deliveries and the stocktaking of the rest of a day, and the scheduling of the next day. */
  #scheduleDay(midnightS: number, fromS: number): void {
    for (const truckS of TRUCK_ARRIVALS_S) {
      const atS = midnightS + truckS + this.random() * MAX_TRUCK_DELAY_S;
      if (atS > fromS) this.#scheduleStep(atS, () => this.#unloadTruck(atS));
    }
    const takesStock = this.random() < STOCKTAKING_PROBABILITY;
    const stocktakingS = midnightS + STOCKTAKING_S;
    if (takesStock && stocktakingS > fromS) this.#scheduleStep(stocktakingS, () => this.#takeStock(stocktakingS));
    this.#scheduleStep(midnightS + DAY_IN_SECONDS, (atS) => {
      this.#scheduleDay(atS, atS);
      return undefined;
    });
  }

  /** Places an order of at most the stock; none if there is no stock. */
  #placeOrder(atS: number): ShopStep | undefined {
    const products = Math.min(1 + drawGeometric(this.random, LAST_PRODUCT_PROBABILITY), this.#stock);
    if (products === 0) return undefined;
    this.#stock -= products;
    this.#orders += 1;
    const number = this.#orders;
    if (this.random() < RETURN_PROBABILITY) {
      const returnDelayS = MIN_RETURN_DELAY_S + drawExponential(this.random, MEAN_RETURN_DELAY_S);
      this.#scheduleStep(delayUntilOpen(atS + returnDelayS, this.random), (dueS) =>
        this.#returnOrder(dueS, number, products),
      );
    }
    return { atS, kind: 'order', reason: `order ${number}`, amounts: { orders: 1, products: -products } };
  }

  #returnOrder(atS: number, orderNumber: number, products: number): ShopStep {
    this.#stock += products;
    return { atS, kind: 'return', reason: `return of order ${orderNumber}`, amounts: { orders: -1, products } };
  }

  #signUp(atS: number): ShopStep {
    this.#customers += 1;
    return { atS, kind: 'sign-up', reason: 'sign-up', amounts: { customers: 1 } };
  }

  #signOff(atS: number): ShopStep | undefined {
    if (this.#customers === 0) return undefined;
    this.#customers -= 1;
    return { atS, kind: 'sign-off', reason: 'sign-off', amounts: { customers: -1 } };
  }

  /** Delivers whole pallets up to the full stock: the first one at once, the others as they are unloaded. */
  #unloadTruck(atS: number): ShopStep | undefined {
    const pallets = Math.floor((FULL_STOCK - this.#stock) / PALLET_SIZE);
    let unloadedS = atS;
    for (let pallet = 2; pallet <= pallets; pallet += 1) {
      unloadedS += drawExponential(this.random, MEAN_PALLET_INTERVAL_S);
      this.#scheduleStep(unloadedS, (dueS) => this.#deliverPallet(dueS, pallet, pallets));
    }
    return pallets > 0 ? this.#deliverPallet(atS, 1, pallets) : undefined;
  }

  #deliverPallet(atS: number, pallet: number, pallets: number): ShopStep {
    this.#stock += PALLET_SIZE;
    return {
      atS,
      kind: 'delivery',
      reason: `delivery, pallet ${pallet} of ${pallets}`,
      amounts: { products: PALLET_SIZE },
    };
  }

  #takeStock(atS: number): ShopStep {
    const difference = Math.max(
      drawPoisson(this.random, MEAN_FOUND_PRODUCTS) - drawPoisson(this.random, MEAN_LOST_PRODUCTS),
      -this.#stock,
    );
    this.#stock += difference;
    return { atS, kind: 'stocktaking', reason: 'stocktaking', amounts: { products: difference } };
  }
}

/** Returns the time itself if the shop is open then, or else some minutes after it opens next. */
function delayUntilOpen(atS: number, random: RandomSource): number {
  const timeS = atS % DAY_IN_SECONDS;
  if (timeS >= OPENS_S && timeS < CLOSES_S) return atS;
  const opensS = atS - timeS + (timeS < OPENS_S ? 0 : DAY_IN_SECONDS) + OPENS_S;
  return opensS + drawExponential(random, 20 * MINUTE_IN_SECONDS);
}
