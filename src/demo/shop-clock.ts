/** The clock of a shop: as many times faster than ours as is wanted, and slower when it cannot be kept up with. */

/** How far it may fall behind before it is set back, milliseconds: what was missed is not hurried after. */
const MAX_LAG_MS = 1_000;

export class ShopClock {
  #originS: number;
  #latestStepS: number;

  /**
   * @param speed how many times faster; Infinity for no waiting at all
   * @param fromS the time in the shop, seconds, when ours is `nowMs`
   */
  constructor(
    private readonly speed: number,
    fromS: number,
    private originMs: number,
  ) {
    this.#originS = fromS;
    this.#latestStepS = fromS;
  }

  /** How long it is until a time in the shop, milliseconds; 0 when that has come. Ask in the order of time. */
  computeWaitMs(shopS: number, nowMs: number): number {
    const dueMs = this.originMs + ((shopS - this.#originS) * 1_000) / this.speed;
    if (nowMs - dueMs > MAX_LAG_MS) [this.#originS, this.originMs] = [shopS, nowMs];
    this.#latestStepS = shopS;
    return Math.max(dueMs - nowMs, 0);
  }

  /** What time it is in the shop, seconds: never past what was asked for last, which may still have to be done. */
  getShopTimeS(nowMs: number): number {
    if (this.speed === Infinity) return this.#latestStepS;
    return Math.min(this.#originS + ((nowMs - this.originMs) * this.speed) / 1_000, this.#latestStepS);
  }
}
