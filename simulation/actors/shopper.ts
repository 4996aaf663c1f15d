/** A client that changes counters, with the typed client: every change under a key, which it repeats until it knows. */
import type { Change } from '../../src/counters/counters.js';
import { change, undo } from '../../src/client/change.js';
import { RefusedError, UnavailableError } from '../../src/client/errors.js';
import type { ChangeBook, NewChange, SentChange } from '../checks/change-book.js';
import { Life } from '../world/life.js';
import type { World } from '../world/world.js';
import { pause } from '../../src/retry/retry.js';
import type { DashboardPlan } from './plan.js';

/** Largest amount of a change. */
const MAX_AMOUNT = 5;
/** Share of changes of counters that come and go. */
const PASSING = 0.15;

export interface ShopperOptions {
  readonly origins: readonly string[];
  readonly dashboards: readonly DashboardPlan[];
  /** Mean pause between two changes, milliseconds. */
  readonly pauseMs: number;
}

export class Shopper {
  readonly life: Life;
  readonly #done: SentChange[] = [];
  #count = 0;
  #isStopped = false;
  #isWaiting = false;

  constructor(
    private readonly world: World,
    private readonly book: ChangeBook,
    readonly name: string,
    private readonly options: ShopperOptions,
  ) {
    this.life = new Life(name);
    world.schedule('shopper', world.between(0, options.pauseMs), () => void this.#shop(), this.life);
  }

  /** True while it waits for no answer. */
  get isIdle(): boolean {
    return !this.#isWaiting;
  }

  /** Begins nothing new. */
  stop(): void {
    this.#isStopped = true;
  }

  async #shop(): Promise<void> {
    const { world, options } = this;
    while (!this.#isStopped) {
      this.#isWaiting = true;
      const burst = world.chance(0.1) ? 2 + world.draw(8) : 1;
      await Promise.all(Array.from({ length: burst }, () => this.#change()));
      this.#isWaiting = false;
      await pause(-options.pauseMs * Math.log(1 - world.random()));
    }
  }

  async #change(): Promise<void> {
    const { world } = this;
    const earlier = world.chance(0.08) ? world.pick(this.#done) : undefined;
    const sent = earlier ?? this.book.send(this.#create());
    for (;;) {
      try {
        const { key, dashboard, changes, undoes } = sent;
        const origin = world.pick(this.options.origins);
        sent.askedMs = world.nowMs;
        const settings = { key, dashboard, maxRetryMs: world.between(0, 40_000) };
        const outcome =
          undoes === undefined
            ? await change(origin, { ...settings, changes })
            : await undo(origin, { ...settings, revision: undoes });
        this.book.acknowledge(sent, outcome);
        this.#done.push(sent);
        if (this.#done.length > 50) this.#done.shift();
        return;
      } catch (error) {
        if (error instanceof RefusedError) {
          this.book.refuse(sent, error.problem.code ?? String(error.problem.status));
          this.#done.push(sent);
          return;
        }
        if (!(error instanceof UnavailableError)) throw error;
        world.trace.event(`${sent.key} is unknown: ${error.problem?.code ?? error.message}`);
        // Nobody knows whether it has counted. Most clients ask again under the same key, some have gone.
        if (world.chance(0.15)) return;
        await pause(world.between(0, 20_000));
      }
    }
  }

  #create(): NewChange {
    const { world } = this;
    const { name: dashboard, counters, gauges, passing } = world.pick(this.options.dashboards);
    this.#count += 1;
    const key = `${this.name}-${this.#count}`;
    const undoable = this.#done.filter(
      (one) => one.dashboard === dashboard && one.outcomes.size > 0 && gauges.length === 0,
    );
    if (undoable.length > 0 && world.chance(0.05)) {
      const [revision] = world.pick(undoable).outcomes.keys();
      if (revision !== undefined) return { key, dashboard, changes: [], undoes: revision };
    }
    const length = world.chance(0.2) ? 2 + world.draw(3) : 1;
    const changes = Array.from({ length }, (): Change => {
      const counter = world.pick(world.chance(PASSING) ? passing : [...counters, ...gauges]);
      if (gauges.includes(counter)) return { counter, to: world.draw(100) };
      const amount = 1 + world.draw(MAX_AMOUNT);
      return { counter, by: world.chance(0.35) ? -amount : amount };
    });
    return { key, dashboard, changes };
  }
}
