/** What is shown of one dashboard: the newest value of each counter, whatever order outcomes arrive in. */
import type { Dashboard, Outcome, Snapshot } from '../counters/counters.js';

/** A value and the revision that it is of. */
interface Standing {
  value: number;
  revision: number;
}

/** What is shown of one dashboard. */
export class LivingState {
  readonly #counters = new Map<string, Standing>();
  #revision: number;
  #at: number;

  readonly dashboard: string;
  readonly epoch: string;

  constructor(start: Dashboard) {
    this.dashboard = start.name;
    this.epoch = start.epoch;
    this.#revision = start.revision;
    this.#at = start.at;
    for (const [name, { value }] of start.counters) this.#counters.set(name, { value, revision: start.revision });
  }

  get revision(): number {
    return this.#revision;
  }

  get at(): number {
    return this.#at;
  }

  /** The value of a counter. */
  valueOf(counter: string): number | undefined {
    return this.#counters.get(counter)?.value;
  }

  /** Takes an outcome in. Costs what the outcome touches. @returns false when all of it was known or outdated. */
  accept({ revision, at, counters }: Outcome): boolean {
    let news = false;
    for (const name in counters) {
      const standing = this.#counters.get(name);
      if (!standing || standing.revision >= revision) continue;
      standing.value = counters[name] ?? standing.value;
      standing.revision = revision;
      news = true;
    }
    if (revision > this.#revision) {
      this.#revision = revision;
      news = true;
    }
    if (at > this.#at) this.#at = at;
    return news;
  }

  snapshot(): Snapshot {
    const counters: Record<string, number> = {};
    for (const [name, { value }] of this.#counters) counters[name] = value;
    return { dashboard: this.dashboard, epoch: this.epoch, revision: this.#revision, at: this.#at, counters };
  }
}
