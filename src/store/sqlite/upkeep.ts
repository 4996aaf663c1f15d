/**
 * Upkeep of the embedded store, every second: expired data is deleted, and what was booked ahead of the clock is dated
 * to now.
 */
import type { Logger } from '@nestjs/common';
import { MAX_LEAD_MS, type TimeOfDay } from '../../clock/clock.js';
import { errorMessage } from '../../counters/errors.js';

const UPKEEP_INTERVAL_MS = 1_000;

interface UpkeepTasks {
  /** Starts to delete what had expired at `nowMs`. @returns the time of the newest change of all dashboards */
  readonly expire: (nowMs: number) => Promise<number>;
  /** Dates to now what dashboards have booked ahead of the clock. */
  readonly redate: () => Promise<void>;
}

export class Upkeep {
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #loggedFault: string | undefined;

  constructor(
    private readonly clock: TimeOfDay,
    private readonly logger: Logger,
    private readonly tasks: UpkeepTasks,
  ) {}

  /** Idempotent. */
  start(): void {
    this.#timer ??= setInterval(() => void this.#run(), UPKEEP_INTERVAL_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      const newestMs = await this.tasks.expire(this.clock.nowForExpiry());
      if (this.clock.isSettled && newestMs > this.clock.now() + MAX_LEAD_MS) await this.tasks.redate();
      this.#loggedFault = undefined;
    } catch (error) {
      // An unavailable store is reported where changes fail. It is tried again in a second.
      const fault = errorMessage(error);
      if (fault !== this.#loggedFault) this.logger.warn(`upkeep of the store failed, and is tried again (${fault})`);
      this.#loggedFault = fault;
    } finally {
      this.#isRunning = false;
    }
  }
}
