/** One run: a world with a service, clients and faults, all drawn from a seed. */
import { tmpdir } from 'node:os';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { Clock } from '../src/clock/clock.js';
import { Config } from '../src/config/config.js';
import { toRetention } from '../src/store/store.module.js';
import { MAIN_PLAN, SHOP_PLAN, type DashboardPlan } from './actors/plan.js';
import { Receiver } from './actors/receiver.js';
import { Shopper } from './actors/shopper.js';
import { Watcher } from './actors/watcher.js';
import { Audit } from './checks/audit.js';
import { ChangeBook } from './checks/change-book.js';
import { RuleCheck } from './checks/rule-check.js';
import { Faults } from './faults.js';
import { Network } from './network/network.js';
import { createWebSocketClass } from './network/virtual-web-socket.js';
import { Disk } from './service/disk.js';
import { RedisModel, type RedisOptions } from './service/redis-model.js';
import { RedisModelStore } from './service/redis-model.store.js';
import { ServiceMachine } from './service/machine.js';
import { RECEIVER_HOST, type Service } from './service/service.js';
import { setReceiver } from './stand-ins/notification-sender.js';
import type { Life } from './world/life.js';
import { setFetch } from './world/virtual-globals.js';
import { setWorld, World } from './world/world.js';

const HOUR_MS = 3_600_000;
/** Faults of the shortest runs, on average. */
const MIN_FAULTS = 4;
/** Audits of the shortest runs. */
const MIN_AUDITS = 3;
const AUDIT_MS = 600_000;
const CHECK_MS = 5_000;
/** Time that everything has to converge after the last fault, milliseconds. */
const CALM_MS = 300_000;
const CALM_STEP_MS = 5_000;
/** Time after which the service has noticed that a viewer has gone, milliseconds. */
const SILENCE_MS = 1_000_000;
/** Time after which all notifications have arrived, those that wait for their third attempt too, milliseconds. */
const MAX_RETRY_MS = 3_600_000;
/** Time after which a viewer that says it is live must show what was acknowledged, milliseconds. */
const MAX_LAG_MS = 60_000;
const PERIODS = ['hour', 'day'] as const;
const ORIGIN = 'http://service.test';
const ORIGINS = ['http://one.test', 'http://two.test'];
/**
 * A patch after the start of a period that combines changes from both sides of it counts for the new one until the hub
 * has read the period again. The frames of that time may arrive late, milliseconds.
 */
const PERIOD_SETTLE_MS = 40_000;
/** Share of the runs with a shared store. */
const SHARED = 0.4;

export interface RunResult {
  readonly seed: number;
  readonly hash: string;
  readonly virtualMs: number;
  readonly steps: number;
  readonly faults: number;
  readonly acknowledged: number;
  readonly shown: number;
  readonly notified: number;
  readonly violation?: { readonly message: string; readonly atMs: number; readonly events: readonly string[] };
}

export class Simulation {
  readonly world: World;
  readonly #book: ChangeBook;
  readonly #audit: Audit;
  readonly #rules: RuleCheck;
  readonly #receiver: Receiver;
  readonly #network: Network;
  readonly #machines: readonly ServiceMachine[];
  readonly #shoppers: readonly Shopper[];
  readonly #watchers: readonly Watcher[];
  readonly #faults: Faults;
  readonly #plans: readonly DashboardPlan[] = [MAIN_PLAN, SHOP_PLAN];
  /** Revisions that were acknowledged, and when, by dashboard: oldest first. */
  readonly #acknowledged = new Map<string, { readonly atMs: number; readonly revision: number }[]>();

  constructor(
    seed: number,
    private readonly hours: number,
  ) {
    const world = new World(seed);
    this.world = world;
    setWorld(world);
    Logger.overrideLogger(false);
    this.#book = new ChangeBook(world);
    const redis = world.chance(SHARED) ? new RedisModel(world, createRedisOptions()) : undefined;
    const setsClocks = !redis && world.chance(0.25);
    this.#rules = new RuleCheck(world, !setsClocks);
    const settleMs = redis ? PERIOD_SETTLE_MS : 0;
    this.#audit = new Audit(world, this.#book, this.#plans, this.#rules, setsClocks, settleMs);
    this.#receiver = new Receiver(world, this.#rules);
    setReceiver(world, (notification) => this.#receiver.receive(notification));
    const network = new Network(world);
    this.#network = network;
    setFetch((url, init) => network.fetch(url, init));
    const origins = redis ? ORIGINS : ORIGINS.slice(0, 1);
    network.balance(ORIGIN, origins);
    const folder = join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), `tallyboard-simulation-${process.pid}`);
    this.#machines = origins.map((origin, index) => {
      const disk = new Disk(`${folder}-${index}`, world);
      const settings = { DATA_DIR: disk.directory, DRAIN_MS: 2_000 };
      const createStore = redis && ((_config: Config, _clock: Clock, life: Life) => new RedisModelStore(redis, life));
      return new ServiceMachine(origin, network, disk, settings, (service) => this.#prepare(service), createStore);
    });
    const shoppers = 1 + world.draw(4);
    const pauseMs = world.pick([2_000, 10_000, 60_000]);
    const options = { origins: [ORIGIN], dashboards: this.#plans, pauseMs };
    this.#shoppers = Array.from(
      { length: shoppers },
      (_, index) => new Shopper(world, this.#book, `s${index}`, options),
    );
    const WebSocket = createWebSocketClass(network);
    this.#watchers = Array.from({ length: 2 + world.draw(4) }, (_, index) => {
      const plan = world.pick(this.#plans);
      return new Watcher(world, `w${index}`, {
        dashboard: plan.name,
        origin: ORIGIN,
        ...(world.chance(0.7) && { WebSocket }),
        ...(world.chance(0.4) && !setsClocks && { periods: PERIODS }),
        totals: world.chance(0.5),
        ...(world.chance(0.3) && { counters: [world.pick(plan.counters)] }),
        onShown: (watcher, snapshot) => this.#audit.show(watcher.name, snapshot),
      });
    });
    this.#faults = new Faults(world, network, this.#machines, {
      pauseMs: Math.min(world.pick([20_000, 120_000, 900_000, 3_600_000]), (hours * HOUR_MS) / MIN_FAULTS),
      setsClocks,
      redis,
    });
    world.afterStep = (stepped) => this.#faults.afterStep(stepped);
  }

  async run(): Promise<RunResult> {
    const { world } = this;
    this.#supervise();
    for (const machine of this.#machines) machine.start(0);
    this.#every(Math.min(AUDIT_MS, (this.hours * HOUR_MS) / MIN_AUDITS), () => this.#runAudit(false));
    this.#every(CHECK_MS, () => this.#checkViewers());
    await world.run(this.hours * HOUR_MS);
    await this.#calmDown();
    const { violation } = world;
    setWorld(undefined);
    for (const { disk } of this.#machines) disk.remove();
    return {
      seed: world.seed,
      hash: world.trace.hash,
      virtualMs: world.nowMs,
      steps: world.steps,
      faults: this.#faults.count,
      acknowledged: this.#book.acknowledgedCount,
      shown: this.#audit.shownCount,
      notified: this.#rules.receivedCount,
      ...(violation && {
        violation: { message: violation.message, atMs: world.nowMs, events: world.trace.lastEvents },
      }),
    };
  }

  /** Defines dashboards and rules, unless a process before has. */
  async #prepare({ dashboards, rules }: Service): Promise<void> {
    for (const { name, definition, rules: plans } of this.#plans) {
      if (definition) await dashboards.define(name, definition);
      for (const plan of plans) {
        const { rules: known } = await rules.list(name);
        const { when, clearsAt } = plan;
        const notify = [{ url: `http://${RECEIVER_HOST}/${plan.name}`, format: 'cloudevents' }] as const;
        const rule =
          known.find((one) => one.name === plan.name) ??
          (await rules.define(name, plan.name, { when, notify, ...(clearsAt !== undefined && { clearsAt }) })).rule;
        this.#rules.begin(name, plan, rule.state.sinceRevision);
      }
    }
  }

  /** Starts the service again after it has ended. */
  #supervise(): void {
    this.#every(1_000, () => {
      for (const machine of this.#machines) machine.start(this.world.between(0, 8_000));
    });
  }

  #every(periodMs: number, run: () => void): void {
    const { world } = this;
    const repeat = (): void => {
      run();
      world.schedule('check', periodMs, repeat, world.outside);
    };
    world.schedule('check', periodMs, repeat, world.outside);
  }

  #runAudit(isFinal: boolean, onDone: (isComplete: boolean) => void = () => undefined): void {
    const service = this.#machines.find(({ isListening }) => isListening)?.service;
    if (!service) return onDone(false);
    const run = (): void => void this.#audit.run(service.store, isFinal).then(onDone);
    this.world.schedule('audit', 0, run, service.life);
  }

  /** A viewer that says it is live shows what was acknowledged a while ago. */
  #checkViewers(): void {
    const { world } = this;
    for (const { name } of this.#plans) {
      const log = this.#acknowledged.get(name) ?? [];
      this.#acknowledged.set(name, log);
      log.push({ atMs: world.nowMs, revision: this.#book.getNewest(name) });
      while ((log[1]?.atMs ?? Infinity) < world.nowMs - MAX_LAG_MS) log.shift();
    }
    for (const { name, state, snapshot, options } of this.#watchers) {
      if (state !== 'live' || options.counters || !snapshot) continue;
      const [oldest] = this.#acknowledged.get(options.dashboard) ?? [];
      if (!oldest || oldest.atMs > world.nowMs - MAX_LAG_MS) continue;
      world.check(
        snapshot.revision >= oldest.revision,
        () => `${name} is live at revision ${snapshot.revision}: ${oldest.revision} was acknowledged a minute ago`,
      );
    }
    for (const link of this.#network.links)
      world.check(link.waitingBytes < 65_536, () => `${link.waitingBytes} bytes wait for ${link.client.name}`);
    for (const { life } of this.#machines)
      if (life) world.check(world.countTasks(life) < 500, () => `${life.name} has ${world.countTasks(life)} tasks`);
  }

  /** Ends all faults, and waits until everything has converged. */
  async #calmDown(): Promise<void> {
    const { world } = this;
    for (const shopper of this.#shoppers) shopper.stop();
    this.#faults.stop();
    this.#receiver.heal();
    const deadlineMs = world.nowMs + CALM_MS;
    let missing: string | undefined;
    do {
      await world.run(world.nowMs + CALM_STEP_MS);
      missing = this.#shoppers.every(({ isIdle }) => isIdle) ? await this.#findMissing() : 'clients have no answer';
    } while (missing !== undefined && world.nowMs < deadlineMs && !world.violation);
    world.check(missing === undefined, () => `after all faults have ended, ${missing}`);
    // A notification may have to wait for its next attempt.
    await world.run(world.nowMs + MAX_RETRY_MS, () => this.#rules.listBehind().length === 0);
    const behind = this.#rules.listBehind().join();
    world.check(behind === '', () => `rules have something to tell, and do not: ${behind}`);
    for (const { name } of this.#plans) {
      const fold = this.#audit.getFold(name);
      if (fold) this.#rules.compare(name, fold);
    }
    for (const watcher of this.#watchers) watcher.close();
    const countViewers = ({ service }: ServiceMachine): number => service?.admission.viewerCount ?? 0;
    await world.run(world.nowMs + SILENCE_MS, () => this.#machines.every((machine) => countViewers(machine) === 0));
    for (const machine of this.#machines) {
      const viewers = countViewers(machine);
      world.check(viewers === 0, () => `${machine.life?.name} counts ${viewers} viewers after all have gone`);
    }
  }

  /** Says what has not converged yet. */
  async #findMissing(): Promise<string | undefined> {
    const { world } = this;
    let isComplete: boolean | undefined;
    this.#runAudit(true, (done) => (isComplete = done));
    await world.run(world.nowMs + CALM_STEP_MS, () => isComplete !== undefined);
    if (!isComplete) return 'the store is not available';
    for (const { name, state, snapshot, options } of this.#watchers) {
      const { dashboard, counters } = options;
      const fold = this.#audit.getFold(dashboard);
      const values = fold?.states.at(-1)?.values;
      const hasAll = counters
        ? counters.every((counter) => snapshot?.counters[counter] === values?.[counter])
        : snapshot?.revision === fold?.revision;
      if (state === 'live' && hasAll) continue;
      return `${name} is ${state} at revision ${snapshot?.revision}, and ${dashboard} is at ${fold?.revision}`;
    }
    return undefined;
  }
}

function createRedisOptions(): RedisOptions {
  const config = new Config();
  return {
    retention: toRetention(config),
    limits: { maxCounters: config.MAX_COUNTERS, maxDashboards: config.MAX_DASHBOARDS },
    timeZone: config.TIME_ZONE,
  };
}
