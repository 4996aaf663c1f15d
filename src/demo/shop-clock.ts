/** The clock of the simulated shop: runs faster than real time, and slower if the sender cannot keep up. */

/** Largest lag that is caught up, milliseconds. After a longer one the clock continues from the current step. */
const MAX_LAG_MS = 1_000;

export class ShopClock {
  #originS: number;
  #latestStepS: number;

  /**
   * @param speed simulated time per real time; Infinity for no waiting
   * @param fromS simulated time at `originMs`, seconds
   */
  constructor(
    private readonly speed: number,
    fromS: number,
    private originMs: number,
  ) {
    this.#originS = fromS;
    this.#latestStepS = fromS;
  }

  /** Returns the milliseconds until a simulated time; 0 if it has passed. Call with ascending times. */
  computeWaitMs(shopS: number, nowMs: number): number {
    const dueMs = this.originMs + ((shopS - this.#originS) * 1_000) / this.speed;
    if (nowMs - dueMs > MAX_LAG_MS) [this.#originS, this.originMs] = [shopS, nowMs];
    this.#latestStepS = shopS;
    return Math.max(dueMs - nowMs, 0);
  }

  /** Returns the simulated time, seconds: never later than the last step asked for, which may not be done yet. */
  getShopTimeS(nowMs: number): number {
    if (this.speed === Infinity) return this.#latestStepS;
    return Math.min(this.#originS + ((nowMs - this.originMs) * this.speed) / 1_000, this.#latestStepS);
  }
}
