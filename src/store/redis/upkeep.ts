/**
 * Upkeep of the data in Redis: what has expired is deleted, and what was booked ahead of the clock is dated to now.
 * Keys have no lifetime in Redis, because its clock can be wrong, and nobody would ask whether it is.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { type Clock, MAX_LEAD_MS } from '../../clock/clock.js';
import { errorMessage } from '../../counters/errors.js';
import { getPeriodAt } from '../../measures/periods.js';
import { describeRedated } from '../redated.js';
import type { Retention } from '../store.js';
import type { RedisConnection } from './connection.js';
import type { DashboardNames } from './dashboard-names.js';
import { DATA_FORM } from './data-form.js';
import type { DayStarts } from './day-starts.js';
import { decodeDashboard } from './hash-codec.js';
import type { RedisKeys } from './keys.js';
import { type CachedScript, REDATE_SCRIPT, SWEEP_SCRIPT } from './lua-scripts.js';
import type { ServerClock } from './server-clock.js';
import { followEarlierTrust, readServerTime, recordTrust } from './trusted-time.js';

/** Interval at which the clock is read, milliseconds. */
const LOOK_INTERVAL_MS = 1_000;
/** Interval at which the trusted time is recorded, milliseconds. */
const TIME_INTERVAL_MS = 60_000;
/** Interval of the rounds through all dashboards, milliseconds. The instances share the work by chance only. */
const ROUND_INTERVAL_MS = 3_600_000;
/** Dashboards and counters in one step, and the pause between two steps of a round, milliseconds. */
const DASHBOARDS_PER_READ = 100;
const COUNTERS_PER_STEP = 100;
const STEP_PAUSE_MS = 2;

export class RedisUpkeep {
  readonly #logger = new Logger('RedisStore');
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  /** Times of the next round and of the next record of the time, by `performance.now()`. */
  #nextRoundMs = 0;
  #nextTimeMs = 0;
  /** Steps of the clock that were followed when the last round began, plus one. 0: there was no round. */
  #roundOfSteps = 0;
  #running: Promise<void> | undefined;
  #loggedFault: string | undefined;

  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
    private readonly names: DashboardNames,
    private readonly serverClock: ServerClock,
    private readonly days: DayStarts,
    private readonly retention: Retention,
  ) {
    this.#timer = setInterval(() => {
      this.#running ??= this.#look().finally(() => (this.#running = undefined));
    }, LOOK_INTERVAL_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#controller.abort();
    await this.#running;
  }

  /** Runs what is due: a round at the start, after each step that was followed, and every hour. */
  async #look(): Promise<void> {
    if (!this.connection.isReady) return;
    try {
      await readServerTime(this.connection.reads, this.serverClock);
      const { clock } = this.serverClock;
      // Another instance may have dated changes to an earlier time that it trusts: they must not expire here.
      if (clock) await followEarlierTrust(this.connection.commands, this.keys, clock);
      const nowMs = performance.now();
      if (clock && nowMs >= this.#nextTimeMs) {
        this.#nextTimeMs = nowMs + TIME_INTERVAL_MS;
        await recordTrust(this.connection.commands, this.keys, clock.trust);
      }
      if (!clock?.isSettled) return;
      if (nowMs < this.#nextRoundMs && clock.followedSteps < this.#roundOfSteps) return;
      // After a start, data expires once the time since the last record has stood for as long.
      const untrustedMs = clock.now() - clock.nowForExpiry();
      const pauseMs = untrustedMs > 0 ? Math.min(untrustedMs + LOOK_INTERVAL_MS, ROUND_INTERVAL_MS) : ROUND_INTERVAL_MS;
      [this.#nextRoundMs, this.#roundOfSteps] = [nowMs + pauseMs, clock.followedSteps + 1];
      await this.#runRound(clock);
      this.#loggedFault = undefined;
    } catch (error) {
      // A lost connection is reported where changes fail. The next look tries again.
      this.#nextRoundMs = 0;
      const fault = errorMessage(error);
      if (this.#controller.signal.aborted || !this.connection.isReady || fault === this.#loggedFault) return;
      this.#loggedFault = fault;
      this.#logger.warn(`upkeep of the data failed, and is tried again (${fault})`);
    }
  }

  async #runRound(clock: Clock): Promise<void> {
    for (let after = ''; ;) {
      const names = await this.names.list(after, DASHBOARDS_PER_READ);
      for (const name of names) {
        await this.#keep(name, clock);
        await delay(STEP_PAUSE_MS, undefined, { signal: this.#controller.signal });
      }
      if (names.length < DASHBOARDS_PER_READ) return;
      after = names.at(-1) ?? '';
    }
  }

  async #keep(name: string, clock: Clock): Promise<void> {
    const dashboardKey = this.keys.toDashboardKey(name);
    const at = Number(await this.connection.reads.hget(dashboardKey, 'at'));
    const counters = (await this.connection.reads.hkeys(dashboardKey))
      .filter((field) => field.startsWith('d:'))
      .map((field) => field.slice(2));
    if (clock.isSettled && at > clock.now() + MAX_LEAD_MS) await this.#redate(name, at, clock);
    for (let start = 0; start === 0 || start < counters.length; start += COUNTERS_PER_STEP) {
      const keys = this.keys.listDashboardKeys(name, counters.slice(start, start + COUNTERS_PER_STEP));
      const { ledgerRetentionMs, maxLedgerEntries } = this.retention;
      const run = (): Promise<unknown> =>
        this.#eval(SWEEP_SCRIPT, keys, [DATA_FORM, clock.nowForExpiry(), ledgerRetentionMs, maxLedgerEntries]);
      while ((await run()) === 1) await delay(STEP_PAUSE_MS, undefined, { signal: this.#controller.signal });
    }
  }

  async #redate(name: string, at: number, clock: Clock): Promise<void> {
    const nowMs = clock.now();
    await recordTrust(this.connection.commands, this.keys, clock.trust);
    const dashboard = decodeDashboard(name, await this.connection.reads.hgetall(this.keys.toDashboardKey(name)));
    if (!dashboard) return;
    const counters = [...dashboard.counters.keys()];
    const day = getPeriodAt(this.days.resolve(dashboard.settings), 'day', nowMs);
    const channel = this.keys.toChannel(name);
    const header = [DATA_FORM, nowMs, MAX_LEAD_MS, this.retention.keyTtlMs, randomUUID(), channel, dashboard.version];
    const args = [...header, day.start, day.end, ...counters];
    const result = await this.#eval(REDATE_SCRIPT, this.keys.listDashboardKeys(name, counters), args);
    if (result === 1) this.#logger.warn(describeRedated(name, at - nowMs));
    // The definition changed since the dashboard was read: the next round starts at once.
    else if (result === 'definition') this.#nextRoundMs = 0;
  }

  #eval({ text }: CachedScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.connection.commands.eval(text, keys.length, ...keys, ...args);
  }
}
