/** Decides who may watch what, before the connection becomes one: the same answer for every way of watching. */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Config } from '../../config.js';
import { TallyError } from '../../counters/errors.js';
import { parseCounters } from '../counters.filter.js';
import { DashboardService, MAIN } from '../dashboard.service.js';
import type { LivingState } from '../living.state.js';
import { parseTotals } from '../totals.flag.js';

/** What a viewer was admitted to. */
export interface Watch {
  readonly state: LivingState;
  /** The counters that it sees, in the order of their names; all when it is undefined. */
  readonly only: ReadonlySet<string> | undefined;
  /** Whether it wants to know what was ever added to them. */
  readonly totals: boolean;
}

@Injectable()
export class Doorkeeper implements OnModuleDestroy {
  #viewers = 0;
  #stopping = false;

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(DashboardService) private readonly dashboards: DashboardService,
  ) {}

  /** Viewers that entered and have not left. */
  get viewers(): number {
    return this.#viewers;
  }

  /**
   * Lets a viewer in, or says why not.
   * @param url path and query: `/dashboard` or `/dashboards/:dashboard`, with or without `counters` and `totals`
   * @throws TallyError `unknown-route`, `stopping`, `too-many-viewers`, `invalid-request`, `unknown-dashboard`, `unknown-counter`
   */
  admit(url: string): Watch {
    const [path = '', query = ''] = url.split(/\?(.*)/s, 2);
    const dashboard = dashboardAt(path);
    if (dashboard === undefined) throw new TallyError('unknown-route', `there is nothing to watch at ${path}`);
    if (this.#stopping) throw new TallyError('stopping', 'this instance is stopping and takes no more viewers');
    if (this.#viewers >= this.config.MAX_VIEWERS) {
      throw new TallyError('too-many-viewers', `${this.#viewers} viewers watch already, and no more are taken`);
    }
    const parameters = new URLSearchParams(query);
    const filters = parameters.getAll('counters');
    const only = filters.length > 0 ? parseCounters(filters) : undefined;
    const totals = parseTotals(parameters.getAll('totals'));
    return { state: this.dashboards.currentWith(dashboard, only ?? []), only, totals };
  }

  entered(): void {
    this.#viewers += 1;
  }

  left(): void {
    this.#viewers -= 1;
  }

  onModuleDestroy(): void {
    this.#stopping = true;
  }
}

/** The dashboard that a path shows live. */
function dashboardAt(path: string): string | undefined {
  if (path === '/dashboard') return MAIN;
  const name = /^\/dashboards\/([^/]+)$/.exec(path)?.[1];
  try {
    return name && decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
