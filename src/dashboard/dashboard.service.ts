/** The living state of all dashboards, and word of what changed: the singleton between the store and the viewers. */
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Subject, type Observable, type Subscription } from 'rxjs';
import type { ChangeSet, CounterDefinition, Dashboard, Outcome, Snapshot } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { CounterStore, type DashboardDefinition } from '../store/store.js';

/** The dashboard of the short routes, there from the first start. */
export const MAIN = 'main';
const MAIN_DEFINITION: DashboardDefinition = {
  title: 'Main',
  counters: {
    orders: { title: 'Orders', unit: 'order' },
    customers: { title: 'Customers', unit: 'customer' },
    products: { title: 'Products', unit: 'product' },
  } satisfies Record<string, CounterDefinition>,
};

/** A value and the revision that it is of: the newest wins, in whatever order outcomes arrive. */
interface Standing {
  value: number;
  revision: number;
}

/** What is shown of one dashboard. */
export class LivingState {
  readonly #counters = new Map<string, Standing>();
  #revision: number;
  #at: number;

  constructor(
    readonly dashboard: string,
    readonly epoch: string,
    start: Dashboard,
  ) {
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

@Injectable()
export class DashboardService implements OnModuleInit, OnApplicationShutdown {
  readonly #states = new Map<string, LivingState>();
  readonly #changed = new Subject<Outcome>();
  #remote: Subscription | undefined;

  constructor(@Inject(CounterStore) private readonly store: CounterStore) {}

  /** Every durable outcome, in the order in which it entered the state. One note a change set: no copy of the state. */
  get changed$(): Observable<Outcome> {
    return this.#changed;
  }

  async onModuleInit(): Promise<void> {
    const dashboards = await this.store.dashboards();
    for (const dashboard of dashboards) this.#take(dashboard);
    if (!this.#states.has(MAIN)) this.#take((await this.store.define(MAIN, MAIN_DEFINITION)).dashboard);
    this.#remote = this.store.remote$.subscribe((outcome) => this.accept(outcome));
  }

  /**
   * Applies a change set, and takes its outcome in once it is durable. Does not wait for viewers.
   * @throws TallyError as CounterStore.apply
   */
  async apply(changeSet: ChangeSet): Promise<Outcome> {
    const outcome = await this.store.apply(changeSet);
    if (!outcome.replayed) this.accept(outcome);
    return outcome;
  }

  /** The living state of a dashboard. @throws TallyError `unknown-dashboard` */
  current(dashboard: string): LivingState {
    const state = this.#states.get(dashboard);
    if (!state) throw new TallyError('unknown-dashboard', `there is no dashboard named ${dashboard}`);
    return state;
  }

  has(dashboard: string): boolean {
    return this.#states.has(dashboard);
  }

  onApplicationShutdown(): void {
    this.#remote?.unsubscribe();
    this.#changed.complete();
  }

  /** Takes a durable outcome in, and tells those who watch. */
  private accept(outcome: Outcome): void {
    if (this.#states.get(outcome.dashboard)?.accept(outcome)) this.#changed.next(outcome);
  }

  #take(dashboard: Dashboard): void {
    this.#states.set(dashboard.name, new LivingState(dashboard.name, dashboard.epoch, dashboard));
  }
}
