/** The clock of a shop: as many times faster than ours as is wanted, and slower when it cannot be kept up with. */

/** How far it may fall behind before it is set back, milliseconds: what was missed is not hurried after. */
const MOST_LATE_MS = 1_000;

export class Pace {
  #setS: number;
  #nextS: number;

  /**
   * @param speed how many times faster; Infinity for no waiting at all
   * @param fromS the time in the shop, seconds, when ours is `nowMs`
   */
  constructor(
    private readonly speed: number,
    fromS: number,
    private setMs: number,
  ) {
    this.#setS = fromS;
    this.#nextS = fromS;
  }

  /** How long it is until a time in the shop, milliseconds; 0 when that has come. Ask in the order of time. */
  untilMs(shopS: number, nowMs: number): number {
    const dueMs = this.setMs + ((shopS - this.#setS) * 1_000) / this.speed;
    if (nowMs - dueMs > MOST_LATE_MS) [this.#setS, this.setMs] = [shopS, nowMs];
    this.#nextS = shopS;
    return Math.max(dueMs - nowMs, 0);
  }

  /** What time it is in the shop, seconds: never past what was asked for last, which may still have to be done. */
  shopS(nowMs: number): number {
    if (this.speed === Infinity) return this.#nextS;
    return Math.min(this.#setS + ((nowMs - this.setMs) * this.speed) / 1_000, this.#nextS);
  }
}
