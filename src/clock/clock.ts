/**
 * The time of day, held against the monotonic clock.
 *
 * A wall clock can be wrong: it is set by hand, by a time server, or by a virtual machine that resumes. So a step of it
 * is believed only once it has stood, and what cannot be undone waits longer.
 */
import { uptime } from 'node:os';

/** Difference that is followed at once, milliseconds: time servers correct a clock in steps of up to a second. */
const FOLLOWED_STEP_MS = 2_000;
/** Longest time that a step must stand before it is trusted, milliseconds: 1 day. A shorter step stands as long. */
export const MAX_TRUST_DELAY_MS = 86_400_000;
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

/** The part of a clock that stores use. Times are milliseconds since the Unix epoch. */
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
  /** The trusted time at present, which a later process should {@link recall}. */
  readonly trust: Trust;
  /** Takes in what an earlier process trusted. A time that differs has to stand before it is trusted. */
  recall(trust: Trust): void;
}

/** A time of day that was trusted enough for what cannot be undone. */
export interface Trust {
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** Time for which it has gone on without a step, milliseconds: a time that stood briefly is given up as briefly. */
  readonly stoodMs: number;
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

/** An event of a clock. Steps are positive if the wall clock went forward. */
export type ClockEvent =
  /** The wall clock has left the believed time, which goes on without it. */
  | { readonly kind: 'doubted'; readonly stepMs: number }
  /** The wall clock is back at the believed time. */
  | { readonly kind: 'returned'; readonly stepMs: number; readonly lastedMs: number }
  /** The step has stood, and is believed. */
  | { readonly kind: 'followed'; readonly stepMs: number }
  /** The machine was suspended. */
  | { readonly kind: 'resumed'; readonly awayMs: number }
  /** At the start, the wall clock is behind a time that was trusted earlier, or before this program existed. */
  | { readonly kind: 'behind'; readonly behindMs: number };

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
  /** The trusted time at a moment of the monotonic clock. */
  #trusted: { timeMs: number; monotonicMs: number };
  /** Moment of the monotonic clock since which the trusted time has gone on; negative if an earlier process saw it. */
  #trustedSinceMs: number;
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
    this.#trusted = { timeMs: this.#base.wallMs, monotonicMs };
    this.#trustedSinceMs = monotonicMs;
    this.#standsSinceMs = monotonicMs;
    this.#suspendedMs = sources.readUptimeMs() - monotonicMs;
  }

  /**
   * Difference of the wall clock to the time that it should have, milliseconds: to the believed time, or to a trusted
   * one that it is behind. 0 normally.
   */
  get offsetMs(): number {
    const nowMs = this.now();
    if (this.#doubt) return this.#doubt.stepMs;
    const aheadMs = nowMs - this.#updateTrust();
    return aheadMs < -MAX_LEAD_MS ? Math.round(aheadMs) : 0;
  }

  /** Number of steps that were believed in the end. */
  get followedSteps(): number {
    return this.#followedSteps;
  }

  get isSettled(): boolean {
    const nowMs = this.now();
    const isStanding = !this.#doubt && this.#standsForMs >= this.settleMs && nowMs >= EARLIEST_MS;
    return isStanding && nowMs >= this.#updateTrust() - MAX_LEAD_MS;
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
    return Math.floor(Math.min(this.now(), this.#updateTrust()));
  }

  get trust(): Trust {
    const timeMs = this.#updateTrust();
    const isContradicted = Math.abs(this.now() - timeMs) > FOLLOWED_STEP_MS;
    const untilMs = isContradicted ? this.#standsSinceMs : this.sources.readMonotonicMs();
    return { timeMs: Math.floor(timeMs), stoodMs: Math.max(0, Math.floor(untilMs - this.#trustedSinceMs)) };
  }

  recall({ timeMs, stoodMs }: Trust): void {
    const monotonicMs = this.sources.readMonotonicMs();
    this.#trusted = { timeMs, monotonicMs };
    this.#trustedSinceMs = monotonicMs - stoodMs;
    const behindMs = timeMs - this.now();
    if (behindMs > MAX_LEAD_MS || this.now() < EARLIEST_MS) this.report({ kind: 'behind', behindMs });
  }

  /**
   * Lets the trusted time follow the time of day if that has stood for as long as it differs (at most a day), or, where
   * it is behind, for as long as the trusted time had.
   */
  #updateTrust(): number {
    const nowMs = this.now();
    const monotonicMs = this.sources.readMonotonicMs();
    const reachedMs = this.#trusted.timeMs + monotonicMs - this.#trusted.monotonicMs;
    const aheadMs = nowMs - reachedMs;
    const stoodMs = aheadMs < 0 ? Math.max(0, this.#standsSinceMs - this.#trustedSinceMs) : MAX_TRUST_DELAY_MS;
    const isTrusted = this.#standsForMs >= Math.min(Math.abs(aheadMs), MAX_TRUST_DELAY_MS, stoodMs);
    if (isTrusted && aheadMs < -FOLLOWED_STEP_MS) this.#trustedSinceMs = this.#standsSinceMs;
    this.#trusted = { timeMs: isTrusted ? nowMs : reachedMs, monotonicMs };
    return this.#trusted.timeMs;
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
    this.#trusted.timeMs += awayMs;
    this.report({ kind: 'resumed', awayMs });
    return true;
  }
}
