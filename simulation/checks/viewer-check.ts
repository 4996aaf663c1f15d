/** What is checked of viewers and connections every few seconds. */
import type { DashboardPlan } from '../actors/plan.js';
import type { Watcher } from '../actors/watcher.js';
import type { Network } from '../network/network.js';
import type { ServiceMachine } from '../service/machine.js';
import type { World } from '../world/world.js';
import type { ChangeBook } from './change-book.js';

/** Time after which a viewer that says it is live must show what was acknowledged, milliseconds. */
const MAX_LAG_MS = 60_000;
/** Time after which a relay has told its viewers that it reaches no upstream, milliseconds: 5 s, and the way there. */
const MAX_SILENCE_MS = 15_000;
const MAX_WAITING_BYTES = 65_536;
const MAX_TASKS = 500;

export interface Viewed {
  readonly plans: readonly DashboardPlan[];
  readonly watchers: readonly Watcher[];
  /** Every machine, relays too. */
  readonly machines: readonly ServiceMachine[];
}

export class ViewerCheck {
  /** Revisions that were acknowledged, and when, by dashboard: oldest first. */
  readonly #acknowledged = new Map<string, { readonly atMs: number; readonly revision: number }[]>();
  /** Since when a relay reaches no upstream, and its viewers reach it. */
  readonly #silentSinceMs = new Map<string, number>();

  constructor(
    private readonly world: World,
    private readonly network: Network,
    private readonly book: ChangeBook,
    private readonly viewed: Viewed,
  ) {}

  run(): void {
    this.#recordAcknowledged();
    for (const watcher of this.viewed.watchers) {
      this.#checkLag(watcher);
      this.#checkSilence(watcher);
    }
    const { world } = this;
    for (const { waitingBytes, client } of this.network.links)
      world.check(waitingBytes < MAX_WAITING_BYTES, () => `${waitingBytes} bytes wait for ${client.name}`);
    for (const { life } of this.viewed.machines)
      if (life)
        world.check(world.countTasks(life) < MAX_TASKS, () => `${life.name} has ${world.countTasks(life)} tasks`);
  }

  #recordAcknowledged(): void {
    const { world } = this;
    for (const { name } of this.viewed.plans) {
      const log = this.#acknowledged.get(name) ?? [];
      this.#acknowledged.set(name, log);
      log.push({ atMs: world.nowMs, revision: this.book.getNewest(name) });
      while ((log[1]?.atMs ?? Infinity) < world.nowMs - MAX_LAG_MS) log.shift();
    }
  }

  /** A viewer that says it is live shows what was acknowledged a while ago. */
  #checkLag({ name, state, snapshot, options }: Watcher): void {
    const { world } = this;
    if (state !== 'live' || options.counters || !snapshot) return;
    const [oldest] = this.#acknowledged.get(options.dashboard) ?? [];
    if (!oldest || oldest.atMs > world.nowMs - MAX_LAG_MS) return;
    world.check(
      snapshot.revision >= oldest.revision,
      () => `${name} is live at revision ${snapshot.revision}: ${oldest.revision} was acknowledged a minute ago`,
    );
  }

  /** A viewer of a relay that has lost its upstream is told that what it shows may be old. */
  #checkSilence({ name, state, life, options: { origin } }: Watcher): void {
    const { world, network } = this;
    const relay = this.viewed.machines.find((machine) => machine.origin === origin);
    if (relay?.upstream === undefined) return;
    const isTold = [...network.links].some((link) => link.client === life && link.isPassing) && network.isPunctual;
    const isRunning = relay.isListening && (relay.life?.pausedUntilMs ?? 0) < world.nowMs;
    const isSilent = relay.life && !network.reaches(relay.upstream, relay.life);
    if (state !== 'live' || !isTold || !isRunning || !isSilent) return void this.#silentSinceMs.delete(name);
    const sinceMs = this.#silentSinceMs.get(name) ?? world.nowMs;
    this.#silentSinceMs.set(name, sinceMs);
    const silentMs = world.nowMs - sinceMs;
    world.check(
      silentMs <= MAX_SILENCE_MS,
      () => `${name} is live, and its relay has reached no upstream for ${Math.round(silentMs / 1_000)} s`,
    );
  }
}
