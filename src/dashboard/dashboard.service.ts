/** The living state of all dashboards, and word of what changed: the singleton between the store and the viewers. */
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Subject, type Observable, type Subscription } from 'rxjs';
import type { ChangeSet, CounterDefinition, Dashboard, Outcome } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { CounterStore, type DashboardDefinition } from '../store/store.js';
import { LivingState } from './living.state.js';

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

  onApplicationShutdown(): void {
    this.#remote?.unsubscribe();
    this.#changed.complete();
  }

  /** Takes a durable outcome in, and tells those who watch. */
  private accept(outcome: Outcome): void {
    if (this.#states.get(outcome.dashboard)?.accept(outcome)) this.#changed.next(outcome);
  }

  #take(dashboard: Dashboard): void {
    this.#states.set(dashboard.name, new LivingState(dashboard));
  }
}
