/** An admin who defines counters and removes them, and changes titles, while others count. */
import { deleteCounter, updateDefinition } from '../../src/client/definitions.js';
import { RefusedError, UnavailableError } from '../../src/client/errors.js';
import { pause } from '../../src/retry/retry.js';
import type { DefinitionBook } from '../checks/definition-book.js';
import { Life } from '../world/life.js';
import type { World } from '../world/world.js';
import type { DashboardPlan } from './plan.js';

/** Codes of refusals to remove what is needed. */
const NEEDED: ReadonlySet<string> = new Set(['needed-by-rule', 'needed-by-measure', 'kept-for-short-routes']);

export interface CuratorOptions {
  readonly origins: readonly string[];
  /** The dashboards with counters that come and go. */
  readonly dashboards: readonly DashboardPlan[];
  /** Mean pause between two changes, milliseconds. */
  readonly pauseMs: number;
}

export class Curator {
  readonly life = new Life('curator');
  #isStopped = false;
  #isWaiting = false;

  constructor(
    private readonly world: World,
    private readonly book: DefinitionBook,
    private readonly options: CuratorOptions,
  ) {
    world.schedule('curator', world.between(0, options.pauseMs), () => void this.#curate(), this.life);
  }

  /** True while it waits for no answer. */
  get isIdle(): boolean {
    return !this.#isWaiting;
  }

  /** Begins nothing new. */
  stop(): void {
    this.#isStopped = true;
  }

  async #curate(): Promise<void> {
    const { world, options } = this;
    while (!this.#isStopped) {
      this.#isWaiting = true;
      const { name, passing, counters, gauges } = world.pick(options.dashboards);
      if (world.chance(0.1)) await this.#removeNeeded(name, world.pick([...counters, ...gauges]));
      else await this.#change(name, world.pick(passing));
      this.#isWaiting = false;
      await pause(-options.pauseMs * Math.log(1 - world.random()));
    }
  }

  /** Defines a counter that is not there, or removes one, until it is known to be done. */
  async #change(dashboard: string, counter: string): Promise<void> {
    const { world, book } = this;
    const isRemoval = book.isDefined(dashboard, counter);
    book.begin(dashboard, counter);
    await this.#repeat(async (origin) => {
      try {
        if (isRemoval) await deleteCounter(origin, { dashboard, counter });
        else await updateDefinition(origin, { dashboard, patch: { counters: { [counter]: { title: counter } } } });
      } catch (error) {
        // An attempt before, whose answer was lost, has removed it.
        if (!(isRemoval && error instanceof RefusedError && error.problem.code === 'unknown-counter')) throw error;
      }
    });
    world.trace.event(`${counter} of ${dashboard} is ${isRemoval ? 'removed' : 'defined'}`);
    book.confirm(dashboard, counter, !isRemoval);
  }

  /** A counter that a rule, a measure or a short route needs stays. */
  async #removeNeeded(dashboard: string, counter: string): Promise<void> {
    let refusal: string | undefined;
    await this.#repeat(async (origin) => {
      try {
        await deleteCounter(origin, { dashboard, counter });
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        refusal = error.problem.code;
      }
    });
    this.world.check(
      refusal !== undefined && NEEDED.has(refusal),
      () => `${counter} of ${dashboard}, which is needed, was removed (${refusal})`,
    );
  }

  async #repeat(attempt: (origin: string) => Promise<void>): Promise<void> {
    const { world } = this;
    for (;;) {
      try {
        return await attempt(world.pick(this.options.origins));
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        await pause(world.between(0, 10_000));
      }
    }
  }
}
