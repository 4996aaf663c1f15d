/** Brings dashboards into Redis: staged under other keys, then put in their place with one step. */
import { randomUUID } from 'node:crypto';
import type { RedisOptions } from './connection.js';
import { RedisStaging } from './import-staging.js';
import { RedisVisit } from './short-session.js';
import type { Retention } from '../store.js';
import { type DashboardImport, type ExportedDashboard, type DashboardVersion, StoreImport } from '../transfer.port.js';

export class RedisImport extends StoreImport {
  readonly #run = randomUUID();

  private constructor(
    private readonly visit: RedisVisit,
    private readonly retention: Retention,
  ) {
    super();
  }

  /** @throws StoreOpenError or TallyError `store-unavailable` */
  static async open(options: RedisOptions, retention: Retention): Promise<RedisImport> {
    return new RedisImport(await RedisVisit.begin(options), retention);
  }

  async findVersion(name: string): Promise<DashboardVersion | undefined> {
    const key = this.visit.keys.dashboard(name);
    const [epoch, revision, at] = await this.visit.ask((client) => client.hmget(key, 'epoch', 'revision', 'at'));
    return typeof epoch === 'string' ? { epoch, revision: Number(revision), at: Number(at) } : undefined;
  }

  async begin(dashboard: ExportedDashboard, earlier: DashboardVersion | undefined): Promise<DashboardImport> {
    const staging = new RedisStaging(this.visit, this.retention, dashboard, earlier, this.#run);
    await staging.begin();
    return staging;
  }

  close(): Promise<void> {
    return this.visit.close();
  }
}
