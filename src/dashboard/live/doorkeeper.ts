/** Decides who may watch what, before the connection becomes one: the same answer for every way of watching. */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Config } from '../../config.js';
import { TallyError } from '../../counters/errors.js';
import { DashboardService, MAIN } from '../dashboard.service.js';

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
   * @returns the name of the dashboard that the path shows live
   * @throws TallyError `unknown-route`, `too-many-viewers`, `stopping`
   */
  admit(path: string): string {
    if (path !== '/dashboard') throw new TallyError('unknown-route', `there is nothing to watch at ${path}`);
    if (this.#stopping) throw new TallyError('stopping', 'this instance is stopping and takes no more viewers');
    if (this.#viewers >= this.config.MAX_VIEWERS) {
      throw new TallyError('too-many-viewers', `${this.#viewers} viewers watch already, and no more are taken`);
    }
    return this.dashboards.current(MAIN).dashboard;
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
