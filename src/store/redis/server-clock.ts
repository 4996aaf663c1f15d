/** The time of day of the Redis server, as its replies tell it, held against the monotonic clock of this process. */
import { createClockLog } from '../../clock/clock-log.js';
import { Clock } from '../../clock/clock.js';

export class ServerClock {
  /** Offset from `performance.now()` to the server's clock, ms. A lower bound: the reply took time to arrive. */
  #offsetMs: number | undefined;
  #clock: Clock | undefined;
  #recalledMs: number | undefined;

  /** @param settleMs time that a step of the server's clock must stand to be believed, milliseconds */
  constructor(private readonly settleMs: number) {}

  /** The clock. Undefined before the first reply of a server. */
  get clock(): Clock | undefined {
    return this.#clock;
  }

  /** Converts a time of `performance.now()` to the server's time, right or wrong. Undefined before the first reply. */
  toServerTime(monotonicMs: number): number | undefined {
    return this.#offsetMs === undefined ? undefined : Math.floor(monotonicMs + this.#offsetMs);
  }

  /**
   * Takes in the time of a reply.
   * @param serverMs milliseconds since the Unix epoch
   * @param receivedAtMs `performance.now()` when it arrived
   */
  receive(serverMs: number, receivedAtMs: number): void {
    this.#offsetMs = serverMs - receivedAtMs;
    this.#clock ??= this.#createClock();
    this.#clock.now();
  }

  /** Takes in the time that instances believed earlier; see `TimeOfDay.recall`. May come before the first reply. */
  recall(earlierMs: number): void {
    this.#recalledMs = earlierMs;
    this.#clock?.recall(earlierMs);
  }

  #createClock(): Clock {
    const clock = new Clock(this.settleMs, createClockLog('the clock of Redis'), {
      readWallMs: () => this.toServerTime(performance.now()) ?? 0,
      readMonotonicMs: () => performance.now(),
      // Whether the machine of the server was suspended cannot be told.
      readUptimeMs: () => performance.now(),
    });
    if (this.#recalledMs !== undefined) clock.recall(this.#recalledMs);
    return clock;
  }
}
