/** Imports dashboards into Redis. */
import { randomUUID } from 'node:crypto';
import type { RedisConnectionOptions } from './connection.js';
import { DATA_FORM } from './data-form.js';
import { ImportStaging } from './import-staging.js';
import { ShortSession } from './short-session.js';
import type { Retention } from '../store.js';
import { type DashboardImport, type ExportedDashboard, type DashboardVersion, StoreImport } from '../transfer.port.js';

export class RedisImport extends StoreImport {
  readonly #importId = randomUUID();

  private constructor(
    private readonly session: ShortSession,
    private readonly retention: Retention,
  ) {
    super();
  }

  /** @throws StoreOpenError or TallyError `store-unavailable` */
  static async open(options: RedisConnectionOptions, retention: Retention): Promise<RedisImport> {
    const session = await ShortSession.open(options);
    // An empty prefix gets the number of the form; any other has it, or the session would have been refused.
    await session.call((client) => client.set(session.keys.formKey, DATA_FORM, 'NX'));
    return new RedisImport(session, retention);
  }

  async findVersion(name: string): Promise<DashboardVersion | undefined> {
    const key = this.session.keys.toDashboardKey(name);
    const [epoch, revision, at] = await this.session.call((client) => client.hmget(key, 'epoch', 'revision', 'at'));
    return typeof epoch === 'string' ? { epoch, revision: Number(revision), at: Number(at) } : undefined;
  }

  async begin(dashboard: ExportedDashboard, existing: DashboardVersion | undefined): Promise<DashboardImport> {
    const staging = new ImportStaging(this.session, this.retention, dashboard, existing, this.#importId);
    await staging.start();
    return staging;
  }

  close(): Promise<void> {
    return this.session.close();
  }
}
