/**
 * The time of day, held against the monotonic clock.
 *
 * A wall clock can be wrong: it is set by hand, by a time server, or by a virtual machine that resumes. So a step of it
 * is believed only once it has stood, and what cannot be undone waits longer.
 */
import { uptime } from 'node:os';

/** Difference that is followed at once, milliseconds: time servers correct a clock in steps of up to a second. */
const FOLLOWED_STEP_MS = 2_000;
/** Longest time that a step must stand until data expires by it, milliseconds: 1 day. A shorter step stands as long. */
const MAX_EXPIRY_DELAY_MS = 86_400_000;
/**
 * An earlier time of day is wrong: it is before this program existed. Computers without a battery start with such a
 * time.
 */
const EARLIEST_MS = Date.UTC(2025, 0, 1);

/**
 * A change is never dated before the last one of its dashboard, as long as the clock is no further behind than this,
 * milliseconds. Beyond it, what was booked ahead of the clock is dated to now, in a new epoch.
 */
export const MAX_LEAD_MS = 60_000;

/** What a store needs to know of the time. Times are milliseconds since the Unix epoch. */
export interface TimeOfDay {
  /** Returns the time that changes are dated with. */
  now(): number;
  /** Returns the time by which data expires. Never later than {@link now}, and behind it after a step. */
  nowForExpiry(): number;
  /**
   * True if the time of day has stood long enough to change the dates of what was booked ahead of it. False also for a
   * time before this program existed.
   */
  readonly isSettled: boolean;
  /**
   * Takes in a time of day that was believed earlier: that of the newest change in a store. Until the time since then
   * has stood for as long (at most a day), nothing expires that had not expired at that time.
   */
  recall(earlierMs: number): void;
}

/** The sources of a clock. All values are milliseconds. */
export interface TimeSources {
  /** Reads the wall clock: milliseconds since the Unix epoch. */
  readonly readWallMs: () => number;
  /** Reads a clock that is never set. It may stand still while the machine is suspended. */
  readonly readMonotonicMs: () => number;
  /** Reads a clock that is never set and counts while the machine is suspended. May have a resolution of 10 ms. */
  readonly readUptimeMs: () => number;
}

/** What a clock reports. Steps are positive if the wall clock went forward. */
export type ClockEvent =
  /** The wall clock has left the believed time, which goes on without it. */
  | { readonly kind: 'doubted'; readonly stepMs: number }
  /** The wall clock is back at the believed time. */
  | { readonly kind: 'returned'; readonly stepMs: number; readonly lastedMs: number }
  /** The step has stood, and is believed. */
  | { readonly kind: 'followed'; readonly stepMs: number }
  /** The machine was suspended. */
  | { readonly kind: 'resumed'; readonly awayMs: number };

const SYSTEM_SOURCES: TimeSources = {
  readWallMs: () => Date.now(),
  readMonotonicMs: () => performance.now(),
  readUptimeMs: () => uptime() * 1_000,
};

export class Clock implements TimeOfDay {
  /** The believed time at a moment of the monotonic clock. */
  #base: { wallMs: number; monotonicMs: number };
  /** Difference of the two clocks that are never set; it grows while the machine is suspended. */
  #suspendedMs: number;
  /** A step that is not believed yet, and when it began by the monotonic clock. */
  #doubt: { readonly stepMs: number; readonly sinceMs: number } | undefined;
  /** The time for expiry, and the moment of the monotonic clock at which it was computed. */
  #expiry: { wallMs: number; monotonicMs: number };
  /** Moment of the monotonic clock since which the present time of day has stood. */
  #standsSinceMs: number;
  #followedSteps = 0;

  /**
   * @param settleMs time that a step must stand to be believed, milliseconds
   * @param report receives events while they are found, by any method
   */
  constructor(
    private readonly settleMs: number,
    private readonly report: (event: ClockEvent) => void = () => undefined,
    private readonly sources: TimeSources = SYSTEM_SOURCES,
  ) {
    const monotonicMs = sources.readMonotonicMs();
    this.#base = { wallMs: sources.readWallMs(), monotonicMs };
    this.#expiry = { ...this.#base };
    this.#standsSinceMs = monotonicMs;
    this.#suspendedMs = sources.readUptimeMs() - monotonicMs;
  }

  /** Difference of the wall clock to the believed time, milliseconds. 0 while it is believed. */
  get offsetMs(): number {
    this.now();
    return this.#doubt?.stepMs ?? 0;
  }

  /** Number of steps that were believed in the end. */
  get followedSteps(): number {
    return this.#followedSteps;
  }

  get isSettled(): boolean {
    const nowMs = this.now();
    return !this.#doubt && this.#standsForMs >= this.settleMs && nowMs >= EARLIEST_MS;
  }

  now(): number {
    const monotonicMs = this.sources.readMonotonicMs();
    const wallMs = this.sources.readWallMs();
    const stepMs = wallMs - this.#believe(monotonicMs);
    if (Math.abs(stepMs) > FOLLOWED_STEP_MS) return this.#doubtStep(stepMs, monotonicMs);
    if (this.#doubt) {
      const { stepMs: endedStepMs, sinceMs } = this.#doubt;
      this.#doubt = undefined;
      this.report({ kind: 'returned', stepMs: endedStepMs, lastedMs: monotonicMs - sinceMs });
    }
    this.#base.wallMs = wallMs;
    this.#base.monotonicMs = monotonicMs;
    return wallMs;
  }

  nowForExpiry(): number {
    const nowMs = this.now();
    const monotonicMs = this.sources.readMonotonicMs();
    const reachedMs = Math.min(nowMs, this.#expiry.wallMs + monotonicMs - this.#expiry.monotonicMs);
    const hasStood = this.#standsForMs >= Math.min(nowMs - reachedMs, MAX_EXPIRY_DELAY_MS);
    this.#expiry = { wallMs: hasStood ? nowMs : reachedMs, monotonicMs };
    return Math.floor(this.#expiry.wallMs);
  }

  recall(earlierMs: number): void {
    this.#expiry.wallMs = Math.min(this.#expiry.wallMs, earlierMs);
  }

  get #standsForMs(): number {
    return this.sources.readMonotonicMs() - this.#standsSinceMs;
  }

  #believe(monotonicMs: number): number {
    return this.#base.wallMs + (monotonicMs - this.#base.monotonicMs);
  }

  /** Returns the time of day to go by when the wall clock differs from it by `stepMs`. */
  #doubtStep(stepMs: number, monotonicMs: number): number {
    const isSameStep = this.#doubt && Math.abs(this.#doubt.stepMs - stepMs) <= FOLLOWED_STEP_MS;
    if (isSameStep && this.#doubt && monotonicMs - this.#doubt.sinceMs >= this.settleMs && this.#isPlausible(stepMs))
      return this.#follow(stepMs, monotonicMs, this.#doubt.sinceMs);
    if (!isSameStep) {
      if (this.#addSuspension(monotonicMs)) return this.now();
      const isNew = !this.#doubt;
      this.#doubt = { stepMs, sinceMs: monotonicMs };
      if (isNew) this.report({ kind: 'doubted', stepMs });
    }
    return Math.round(this.#believe(monotonicMs));
  }

  #isPlausible(stepMs: number): boolean {
    return stepMs > 0 || this.sources.readWallMs() >= EARLIEST_MS;
  }

  #follow(stepMs: number, monotonicMs: number, sinceMs: number): number {
    const wallMs = this.sources.readWallMs();
    this.#base = { wallMs, monotonicMs };
    this.#doubt = undefined;
    this.#standsSinceMs = sinceMs;
    this.#followedSteps += 1;
    this.#expiry.wallMs = Math.min(this.#expiry.wallMs, wallMs);
    this.report({ kind: 'followed', stepMs });
    return wallMs;
  }

  /** Adds the time that the machine was suspended. Returns false if it was not. */
  #addSuspension(monotonicMs: number): boolean {
    const suspendedMs = this.sources.readUptimeMs() - monotonicMs;
    const awayMs = suspendedMs - this.#suspendedMs;
    this.#suspendedMs = suspendedMs;
    if (awayMs <= FOLLOWED_STEP_MS) return false;
    this.#base.wallMs += awayMs;
    this.#expiry.wallMs += awayMs;
    this.report({ kind: 'resumed', awayMs });
    return true;
  }
}
