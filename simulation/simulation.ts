/** One run: a world with a service, clients and faults, all drawn from a seed. */
import { Logger } from '@nestjs/common';
import { Curator } from './actors/curator.js';
import { MAIN_PLAN, SHOP_PLAN, type DashboardPlan } from './actors/plan.js';
import { Receiver } from './actors/receiver.js';
import { Shopper } from './actors/shopper.js';
import { Watcher } from './actors/watcher.js';
import { Audit } from './checks/audit.js';
import { ChangeBook } from './checks/change-book.js';
import { DefinitionBook } from './checks/definition-book.js';
import { RuleCheck } from './checks/rule-check.js';
import { ViewerCheck } from './checks/viewer-check.js';
import { Faults } from './faults.js';
import { Network } from './network/network.js';
import { createWebSocketClass } from './network/virtual-web-socket.js';
import type { ServiceMachine } from './service/machine.js';
import { RECEIVER_HOST, type Service } from './service/service.js';
import { setNetwork } from './stand-ins/network.js';
import { setReceiver } from './stand-ins/notification-sender.js';
import { createTopology } from './topology.js';
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
const SILENCE_MS = 320_000;
/** Time after which all notifications have arrived, those that wait for their third attempt too, milliseconds. */
const MAX_RETRY_MS = 3_600_000;
const PERIODS = ['hour', 'day'] as const;
/**
 * A patch after the start of a period that combines changes from both sides of it counts for the new one until the hub
 * has read the period again. The frames of that time may arrive late: after 40 s, and a minute in which a host is cut
 * off. Milliseconds.
 */
const PERIOD_SETTLE_MS = 115_000;

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
  /** Machines of the service itself. */
  readonly #machines: readonly ServiceMachine[];
  /** These, and the relays. */
  readonly #allMachines: readonly ServiceMachine[];
  readonly #shoppers: readonly Shopper[];
  readonly #curator: Curator;
  readonly #watchers: readonly Watcher[];
  readonly #faults: Faults;
  readonly #viewers: ViewerCheck;
  readonly #plans: readonly DashboardPlan[] = [MAIN_PLAN, SHOP_PLAN];

  constructor(
    seed: number,
    private readonly hours: number,
  ) {
    const world = new World(seed);
    this.world = world;
    setWorld(world);
    Logger.overrideLogger(false);
    const definitions = new DefinitionBook(world, this.#plans);
    const network = new Network(world);
    setNetwork(network);
    setFetch((url, init) => network.fetch(url, init));
    const IDEMPOTENCY_KEY_TTL_S = world.pick([120, 600, 259_200]);
    this.#book = new ChangeBook(world, definitions, IDEMPOTENCY_KEY_TTL_S * 1_000);
    const settings = { DRAIN_MS: 2_000, IDEMPOTENCY_KEY_TTL_S };
    const topology = createTopology(world, network, settings, (service) => this.#prepare(service));
    const { redis, machines, relays, origins } = topology;
    this.#machines = machines;
    this.#allMachines = [...machines, ...relays];
    const setsClocks = !redis && IDEMPOTENCY_KEY_TTL_S > 600 && world.chance(0.5);
    this.#rules = new RuleCheck(world, !setsClocks);
    this.#audit = new Audit(world, this.#book, definitions, this.#plans, this.#rules, setsClocks);
    this.#receiver = new Receiver(world, this.#rules);
    setReceiver(world, (notification) => this.#receiver.receive(notification));
    const shoppers = 1 + world.draw(4);
    const pauseMs = world.pick([2_000, 10_000, 60_000]);
    const options = { origins, dashboards: this.#plans, pauseMs };
    this.#shoppers = Array.from(
      { length: shoppers },
      (_, index) => new Shopper(world, this.#book, `s${index}`, options),
    );
    this.#curator = new Curator(world, definitions, {
      origins,
      dashboards: this.#plans,
      pauseMs: world.pick([20_000, 120_000, 900_000]),
    });
    const WebSocket = createWebSocketClass(network);
    this.#watchers = Array.from({ length: 2 + world.draw(4) }, (_, index) => {
      const plan = world.pick(this.#plans);
      const origin = world.pick(origins);
      const periodSettleMs = redis || origin !== origins[0] ? PERIOD_SETTLE_MS : 0;
      const counters = world.chance(0.3) ? [world.pick(plan.counters)] : undefined;
      const view = { periodSettleMs, isWhole: !counters };
      return new Watcher(world, `w${index}`, {
        dashboard: plan.name,
        origin,
        ...(world.chance(0.7) && { WebSocket }),
        ...(world.chance(0.4) && !setsClocks && { periods: PERIODS }),
        totals: world.chance(0.5),
        ...(counters && { counters }),
        onShown: (watcher, snapshot) => this.#audit.show(watcher.name, snapshot, view),
      });
    });
    this.#faults = new Faults(world, network, this.#allMachines, {
      pauseMs: Math.min(world.pick([20_000, 120_000, 900_000, 3_600_000]), (hours * HOUR_MS) / MIN_FAULTS),
      setsClocks,
      redis,
    });
    this.#viewers = new ViewerCheck(world, network, this.#book, {
      plans: this.#plans,
      watchers: this.#watchers,
      machines: this.#allMachines,
    });
    world.afterStep = (stepped) => this.#faults.afterStep(stepped);
  }

  async run(): Promise<RunResult> {
    const { world } = this;
    this.#supervise();
    for (const machine of this.#allMachines) machine.start(0);
    this.#every(Math.min(AUDIT_MS, (this.hours * HOUR_MS) / MIN_AUDITS), () => this.#runAudit(false));
    this.#every(CHECK_MS, () => this.#viewers.run());
    await world.run(this.hours * HOUR_MS);
    await this.#calmDown();
    const { violation } = world;
    setWorld(undefined);
    for (const { disk } of this.#allMachines) disk.remove();
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
    this.#book.restartedMs = this.world.nowMs;
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
      for (const machine of this.#allMachines) machine.start(this.world.between(0, 8_000));
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

  /** Ends all faults, and waits until everything has converged. */
  async #calmDown(): Promise<void> {
    const { world } = this;
    for (const actor of [...this.#shoppers, this.#curator]) actor.stop();
    this.#faults.stop();
    this.#receiver.heal();
    const deadlineMs = world.nowMs + CALM_MS;
    let missing: string | undefined;
    do {
      await world.run(world.nowMs + CALM_STEP_MS);
      const isIdle = this.#curator.isIdle && this.#shoppers.every((shopper) => shopper.isIdle);
      missing = isIdle ? await this.#findMissing() : 'clients have no answer';
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
    await world.run(world.nowMs + SILENCE_MS, () => this.#allMachines.every((machine) => countViewers(machine) === 0));
    for (const machine of this.#allMachines) {
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
