/** Simulates the days of a shop from a seed: visits, orders, returns, sign-ups, sign-offs and deliveries. Pure. */
import { drawExponential, drawGeometric, createRandom, drawPoisson, type RandomSource } from './random.js';

/** `revenue` is in cents. `stock` is a gauge, in pieces. */
export const SHOP_COUNTERS = ['revenue', 'orders', 'visits', 'customers', 'stock'] as const;
export type ShopCounter = (typeof SHOP_COUNTERS)[number];

export const STEP_KINDS = ['visit', 'order', 'return', 'sign-up', 'sign-off', 'delivery', 'stocktaking'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export interface ShopStep {
  /** Seconds since the midnight before the first day. */
  readonly atS: number;
  readonly kind: StepKind;
  readonly reason: string;
  /** Amounts to add, negative to remove. For a stocktaking: the difference to the recorded stock, which may be 0. */
  readonly amounts: Readonly<Partial<Record<ShopCounter, number>>>;
}

export const MINUTE_IN_SECONDS = 60;
export const HOUR_IN_SECONDS = 3_600;
export const DAY_IN_SECONDS = 24 * HOUR_IN_SECONDS;

/**
 * Visits per hour at each full hour of a mean day, with peaks at noon and in the evening: some 7,200 a day. Invented,
 * as are all figures below.
 */
const VISITS_PER_HOUR = [
  20, 12, 7, 6, 7, 20, 65, 160, 260, 290, 325, 490, 715, 620, 390, 325, 360, 520, 750, 780, 555, 325, 160, 65,
] as const;
/** Part of the visits that end with an order: some 215 orders a day. */
const CONVERSION = 0.03;
const SIGN_UPS_PER_VISIT = 0.0045;
const SIGN_OFFS_PER_VISIT = 0.0006;
/** A day has between these parts of the visits of a mean day. */
const [QUIET_DAY, BUSY_DAY] = [0.8, 1.2];
const MAX_ARRIVALS_PER_HOUR = Math.max(...VISITS_PER_HOUR) * BUSY_DAY * (1 + SIGN_UPS_PER_VISIT + SIGN_OFFS_PER_VISIT);

/** Probability that a product is the last in its basket: baskets hold 1.8 on average. */
const LAST_PRODUCT_PROBABILITY = 1 / 1.8;
/** A product costs at least `MIN_PRICE` and 25 on average, in whole euros less a cent. */
const MIN_PRICE = 4;
const MEAN_PRICE_ABOVE_MIN = 20.5;
const RETURN_PROBABILITY = 0.06;
const MIN_RETURN_DELAY_S = 20 * MINUTE_IN_SECONDS;
const MEAN_RETURN_DELAY_S = 5 * HOUR_IN_SECONDS;
const OPENS_S = 8 * HOUR_IN_SECONDS;
const CLOSES_S = 20 * HOUR_IN_SECONDS;

/** Deliveries: trucks fill the stock with whole pallets. */
const TRUCK_ARRIVALS_S = [6 * HOUR_IN_SECONDS, 11 * HOUR_IN_SECONDS, 15.5 * HOUR_IN_SECONDS] as const;
const MAX_TRUCK_DELAY_S = 20 * MINUTE_IN_SECONDS;
const FULL_STOCK = 400;
const PALLET_SIZE = 24;
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

/** Returns the mean number of visits per hour at a time of day, interpolated between full hours. */
export function computeVisitsPerHour(atS: number): number {
  const hour = (atS % DAY_IN_SECONDS) / HOUR_IN_SECONDS;
  const [from, to] = [Math.floor(hour), Math.ceil(hour) % 24].map((index) => VISITS_PER_HOUR[index] ?? 0);
  return (from ?? 0) + ((to ?? 0) - (from ?? 0)) * (hour % 1);
}

class ShopSimulation {
  #stock = 0;
  #customers = 0;
  #orders = 0;
  /** Visits of this day as a part of those of a mean day. */
  #busyness = 1;
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
    const visitRate = computeVisitsPerHour(atS) * this.#busyness;
    if (drawn < visitRate * CONVERSION) return this.#placeOrder(atS);
    if (drawn < visitRate) return visit(atS);
    if (drawn < visitRate * (1 + SIGN_UPS_PER_VISIT)) return this.#signUp(atS);
    return drawn < visitRate * (1 + SIGN_UPS_PER_VISIT + SIGN_OFFS_PER_VISIT) ? this.#signOff(atS) : undefined;
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
    this.#busyness = QUIET_DAY + (BUSY_DAY - QUIET_DAY) * this.random();
    const stocktakingS = midnightS + STOCKTAKING_S;
    if (takesStock && stocktakingS > fromS) this.#scheduleStep(stocktakingS, () => this.#takeStock(stocktakingS));
    this.#scheduleStep(midnightS + DAY_IN_SECONDS, (atS) => {
      this.#scheduleDay(atS, atS);
      return undefined;
    });
  }

  /** Places an order of at most the stock; a mere visit if there is no stock. */
  #placeOrder(atS: number): ShopStep {
    const products = Math.min(1 + drawGeometric(this.random, LAST_PRODUCT_PROBABILITY), this.#stock);
    if (products === 0) return visit(atS);
    let revenue = 0;
    for (let product = 0; product < products; product += 1) revenue += drawPrice(this.random);
    this.#stock -= products;
    this.#orders += 1;
    const number = this.#orders;
    if (this.random() < RETURN_PROBABILITY) {
      const returnDelayS = MIN_RETURN_DELAY_S + drawExponential(this.random, MEAN_RETURN_DELAY_S);
      this.#scheduleStep(delayUntilOpen(atS + returnDelayS, this.random), (dueS) =>
        this.#returnOrder(dueS, number, products, revenue),
      );
    }
    const amounts = { visits: 1, orders: 1, revenue, stock: -products };
    return { atS, kind: 'order', reason: `order ${number}`, amounts };
  }

  #returnOrder(atS: number, orderNumber: number, products: number, revenue: number): ShopStep {
    this.#stock += products;
    const amounts = { orders: -1, revenue: -revenue, stock: products };
    return { atS, kind: 'return', reason: `return of order ${orderNumber}`, amounts };
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
      amounts: { stock: PALLET_SIZE },
    };
  }

  #takeStock(atS: number): ShopStep {
    const difference = Math.max(
      drawPoisson(this.random, MEAN_FOUND_PRODUCTS) - drawPoisson(this.random, MEAN_LOST_PRODUCTS),
      -this.#stock,
    );
    this.#stock += difference;
    return { atS, kind: 'stocktaking', reason: 'stocktaking', amounts: { stock: difference } };
  }
}

function visit(atS: number): ShopStep {
  return { atS, kind: 'visit', reason: 'visit', amounts: { visits: 1 } };
}

/** Draws the price of a product, in cents. */
function drawPrice(random: RandomSource): number {
  return 100 * Math.ceil(MIN_PRICE + drawExponential(random, MEAN_PRICE_ABOVE_MIN)) - 1;
}

/** Returns the time itself if the shop is open then, or else some minutes after it opens next. */
function delayUntilOpen(atS: number, random: RandomSource): number {
  const timeS = atS % DAY_IN_SECONDS;
  if (timeS >= OPENS_S && timeS < CLOSES_S) return atS;
  const opensS = atS - timeS + (timeS < OPENS_S ? 0 : DAY_IN_SECONDS) + OPENS_S;
  return opensS + drawExponential(random, 20 * MINUTE_IN_SECONDS);
}
