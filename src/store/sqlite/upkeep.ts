/**
 * Upkeep of the embedded store, every second: expired data is deleted, what was booked ahead of the clock is dated to
 * now, and the trusted time is recorded for the next start.
 */
import type { Logger } from '@nestjs/common';
import { MAX_LEAD_MS, MAX_TRUST_DELAY_MS, type TimeOfDay, type Trust } from '../../clock/clock.js';
import { errorMessage } from '../../counters/errors.js';

const UPKEEP_INTERVAL_MS = 1_000;
/** Intervals at which the trusted time is recorded: while there are changes, and until it has stood, milliseconds. */
const ACTIVE_RECORD_INTERVAL_MS = 60_000;
const IDLE_RECORD_INTERVAL_MS = 3_600_000;

interface UpkeepTasks {
  /** Starts to delete what had expired at `nowMs`. @returns the time of the newest change of all dashboards */
  readonly expire: (nowMs: number) => Promise<number>;
  /** Dates to now what dashboards have booked ahead of the clock. */
  readonly redate: () => Promise<void>;
  readonly recordTrust: (trust: Trust) => Promise<void>;
}

export class Upkeep {
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #loggedFault: string | undefined;
  /** The last record, `performance.now()` and the time of the newest change then. */
  #recorded: { readonly atMs: number; readonly newestMs: number; readonly trust: Trust } | undefined;

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
      const isAhead = this.clock.isSettled && newestMs > this.clock.now() + MAX_LEAD_MS;
      // Recorded before dates change by it: after a crash, they must not expire by a time that was given up.
      if (isAhead || this.#isRecordDue(newestMs)) await this.#record(newestMs);
      if (isAhead) await this.tasks.redate();
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

  /** True for the first second of a process, too. */
  #isRecordDue(newestMs: number): boolean {
    if (!this.#recorded) return true;
    const sinceMs = performance.now() - this.#recorded.atMs;
    if (newestMs !== this.#recorded.newestMs && sinceMs >= ACTIVE_RECORD_INTERVAL_MS) return true;
    return this.#recorded.trust.stoodMs < MAX_TRUST_DELAY_MS && sinceMs >= IDLE_RECORD_INTERVAL_MS;
  }

  async #record(newestMs: number): Promise<void> {
    const { trust } = this.clock;
    await this.tasks.recordTrust(trust);
    this.#recorded = { atMs: performance.now(), newestMs, trust };
  }
}
