/** Which counters an admin was told to be defined or removed, and since when that is certain. */
import type { DashboardPlan } from '../actors/plan.js';
import type { World } from '../world/world.js';

/** Time after which no request that was given up arrives any more, milliseconds. */
const SETTLE_MS = 90_000;

interface KnownCounter {
  readonly isDefined: boolean;
  /** Virtual time of the answer; undefined while a request is under way. */
  readonly toldMs: number | undefined;
}

export class DefinitionBook {
  readonly #counters = new Map<string, KnownCounter>();

  constructor(
    private readonly world: World,
    private readonly plans: readonly DashboardPlan[],
  ) {}

  /** True if the counter was told to be defined last. */
  isDefined(dashboard: string, counter: string): boolean {
    return this.#counters.get(`${dashboard}/${counter}`)?.isDefined ?? false;
  }

  /** A request is under way: from now on nobody knows. */
  begin(dashboard: string, counter: string): void {
    this.#counters.set(`${dashboard}/${counter}`, { isDefined: this.isDefined(dashboard, counter), toldMs: undefined });
  }

  confirm(dashboard: string, counter: string, isDefined: boolean): void {
    this.#counters.set(`${dashboard}/${counter}`, { isDefined, toldMs: this.world.nowMs });
  }

  /** Returns whether a counter is there; undefined if that has not been certain since a moment. */
  find(dashboard: string, counter: string, sinceMs: number): boolean | undefined {
    const known = this.#counters.get(`${dashboard}/${counter}`);
    if (!known) return !this.#isPassing(dashboard, counter);
    const isCertain = known.toldMs !== undefined && known.toldMs + SETTLE_MS <= sinceMs;
    return isCertain ? known.isDefined : undefined;
  }

  #isPassing(dashboard: string, counter: string): boolean {
    return this.plans.find(({ name }) => name === dashboard)?.passing.includes(counter) === true;
  }
}
