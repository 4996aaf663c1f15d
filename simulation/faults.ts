/** Draws faults from the seed: crashes, disks, networks, connections and clocks. */
import type { Network } from './network/network.js';
import type { CommitFault } from './service/disk.js';
import type { RedisModel } from './service/redis-model.js';
import type { ServiceMachine } from './service/machine.js';
import { findWorker } from './stand-ins/worker-threads.js';
import type { Life } from './world/life.js';
import type { World } from './world/world.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** Mean time between two stalls of a viewer, and how long one lasts at most, milliseconds. */
const STALL_MS = 30_000;
const MAX_STALL_MS = 12_000;
/** Corrections of a clock that are followed at once, as a time server makes them. */
const MAX_CORRECTION_MS = 900;
/** Number of steps of a process within which a crash is drawn. */
const MAX_STEPS_TO_CRASH = 300;
const COMMIT_FAULTS: readonly CommitFault[] = ['fails', 'crash-before', 'crash-torn', 'crash-after'];

export interface FaultOptions {
  /** Mean time between two faults, milliseconds. */
  readonly pauseMs: number;
  /** True to set clocks, too. */
  readonly setsClocks: boolean;
  /** The shared store, if there is one. */
  readonly redis: RedisModel | undefined;
}

export class Faults {
  #isStopped = false;
  /** Steps of a machine's process and its threads until it crashes. */
  readonly #fuses = new Map<ServiceMachine, number>();
  count = 0;

  constructor(
    private readonly world: World,
    private readonly network: Network,
    /** Relays too. */
    private readonly machines: readonly ServiceMachine[],
    private readonly options: FaultOptions,
  ) {
    this.#scheduleNext();
    this.#stallNext();
  }

  /** Called after every step: crashes come at any of them. */
  afterStep(steppedIn: Life): void {
    for (const [machine, steps] of this.#fuses) {
      if (machine.life !== steppedIn && machine.life?.threads.has(steppedIn) !== true) continue;
      this.#fuses.set(machine, steps - 1);
      if (steps > 0) continue;
      this.#fuses.delete(machine);
      machine.crash();
    }
  }

  /** Ends all faults, and starts what is down. */
  stop(): void {
    this.#isStopped = true;
    this.#fuses.clear();
    this.network.heal();
    this.options.redis?.heal();
    for (const machine of this.machines) {
      machine.wallOffsetMs = 0;
      Object.assign(machine.disk, { nextCommit: undefined, failsUntilMs: 0, slowUntilMs: 0 });
    }
    this.world.trace.event('faults end');
  }

  #scheduleNext(): void {
    const { world, options } = this;
    const delayMs = -options.pauseMs * Math.log(1 - world.random());
    world.schedule('fault', delayMs, () => this.#strike(), world.outside);
  }

  /** Viewers read nothing for a while: a page in the background, a bad network. It is no fault, and happens often. */
  #stallNext(): void {
    const { world } = this;
    const stall = (): void => {
      if (this.#isStopped) return;
      const links = [...this.network.links];
      if (links.length > 0) world.pick(links).stall(world.nowMs + world.between(100, MAX_STALL_MS));
      this.#stallNext();
    };
    world.schedule('stall', world.between(0, 2 * STALL_MS), stall, world.outside);
  }

  #strike(): void {
    if (this.#isStopped) return;
    const machine = this.world.pick(this.machines);
    const strike = this.world.pick(this.#listFaults(machine));
    this.count += 1;
    this.world.trace.event(`fault: ${strike()}`);
    this.#scheduleNext();
  }

  #listFaults(machine: ServiceMachine): (() => string)[] {
    const { world, network, options } = this;
    const { disk, origin } = machine;
    const until = (mostMs: number): number => world.nowMs + world.between(0, mostMs);
    const faults = [
      () => {
        this.#fuses.set(machine, world.draw(MAX_STEPS_TO_CRASH));
        return `${origin} will crash`;
      },
      () => {
        machine.stop();
        return `${origin} is stopped`;
      },
      () => {
        if (machine.life) machine.life.pausedUntilMs = until(8 * SECOND_MS);
        return `${origin} stands still`;
      },
      () => {
        network.cut(origin, until(MINUTE_MS));
        return `${origin} is cut off`;
      },
      () => {
        const [lost, doubled, late] = [world.between(0, 0.4), world.between(0, 0.4), world.between(0, 0.4)];
        Object.assign(network.faults, { lost, doubled, late, lateMs: world.pick([100, 2_000, 12_000]) });
        world.schedule('network heals', world.between(0, 5 * MINUTE_MS), () => network.heal(), world.outside);
        return 'the network loses, doubles and delays';
      },
      () => {
        for (const link of network.links) if (world.chance(0.5)) link.stall(until(20 * SECOND_MS));
        return 'viewers read nothing';
      },
      () => {
        for (const link of network.links) if (world.chance(0.3)) link.die();
        return 'connections die silently';
      },
      () => {
        for (const link of network.links) if (world.chance(0.3)) link.end();
        return 'connections are closed';
      },
    ];
    if (machine.upstream === undefined) {
      faults.push(
        () => {
          disk.nextCommit = world.pick(COMMIT_FAULTS);
          return `the next commit of ${origin}: ${disk.nextCommit}`;
        },
        () => {
          disk.failsUntilMs = until(20 * SECOND_MS);
          return `the disk of ${origin} refuses commits`;
        },
        () => {
          disk.slowUntilMs = until(MINUTE_MS);
          disk.slowMs = world.pick([20, 500, 4_000, 15_000]);
          return `the disk of ${origin} is slow, up to ${disk.slowMs} ms`;
        },
        () => {
          const threads = [...(machine.life?.threads ?? [])];
          const thread = threads.length > 0 ? world.pick(threads) : undefined;
          if (thread) findWorker(thread)?.crash();
          return `${thread?.name ?? 'no thread'} is lost`;
        },
      );
    } else {
      const cutOff = (): string => {
        network.cutOut(origin, world.nowMs + world.between(20 * SECOND_MS, MINUTE_MS));
        return `${origin} reaches no upstream`;
      };
      faults.push(cutOff, cutOff);
    }
    faults.push(() => {
      machine.wallOffsetMs += Math.round(world.between(-MAX_CORRECTION_MS, MAX_CORRECTION_MS));
      return `the clock of ${origin} is corrected`;
    });
    const { redis } = options;
    if (redis)
      faults.push(
        () => {
          const name = world.chance(0.3) ? '' : new URL(origin).host;
          redis.cut(name, until(20 * SECOND_MS));
          return `Redis is out of reach for ${name || 'everybody'}`;
        },
        () => {
          redis.patchFaultRate = world.between(0, 0.5);
          return 'patches of Redis get lost and come late';
        },
      );
    if (options.setsClocks) faults.push(() => this.#setClock(machine));
    return faults;
  }

  #setClock(machine: ServiceMachine): string {
    const { world } = this;
    const sizeMs = world.pick([3 * SECOND_MS, MINUTE_MS, 60 * MINUTE_MS, 48 * 60 * MINUTE_MS]);
    const stepMs = Math.round(world.between(-sizeMs, sizeMs));
    machine.wallOffsetMs += stepMs;
    const back = (): void => void (machine.wallOffsetMs -= stepMs);
    if (world.chance(0.6)) world.schedule('clock is set back', world.between(0, 2 * MINUTE_MS), back, world.outside);
    return `the clock of ${machine.origin} is set by ${stepMs} ms`;
  }
}
