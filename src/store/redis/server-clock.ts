/** The time of day of the Redis server, as its replies tell it, held against the monotonic clock of this process. */
import { createClockLog } from '../../clock/clock-log.js';
import { Clock, type Trust } from '../../clock/clock.js';

export class ServerClock {
  /** Offset from `performance.now()` to the server's clock, ms. A lower bound: the reply took time to arrive. */
  #offsetMs: number | undefined;
  #clock: Clock | undefined;

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

  /** Takes in the time that instances trusted before this process, as `TimeOfDay.recall`. */
  recall(trust: Trust): void {
    this.#clock?.recall(trust);
  }

  #createClock(): Clock {
    return new Clock(this.settleMs, createClockLog('the clock of Redis'), {
      readWallMs: () => this.toServerTime(performance.now()) ?? 0,
      readMonotonicMs: () => performance.now(),
      // Whether the machine of the server was suspended cannot be told.
      readUptimeMs: () => performance.now(),
    });
  }
}
