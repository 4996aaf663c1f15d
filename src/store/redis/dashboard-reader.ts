/** Reads whole dashboards and lists summaries of them. */
import type { Dashboard } from '../../counters/counters.js';
import type { DashboardSettings } from '../../counters/definition.js';
import { createTallyError, createUnknownDashboardRefusal } from '../in-process/decide.js';
import type { DashboardSummary } from '../store-events.js';
import type { RedisConnection } from './connection.js';
import type { DashboardNames } from './dashboard-names.js';
import { decodeDashboard } from './hash-codec.js';
import type { RedisKeys } from './keys.js';

/** Dashboards that are read in one round trip. */
const DASHBOARDS_PER_READ = 100;

export class DashboardReader {
  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
    private readonly names: DashboardNames,
  ) {}

  /** @throws TallyError `unknown-dashboard` */
  async read(name: string): Promise<Dashboard> {
    const dashboard = await this.find(name);
    if (!dashboard) throw createTallyError(createUnknownDashboardRefusal(name));
    return dashboard;
  }

  async readAll(): Promise<Dashboard[]> {
    const dashboards: Dashboard[] = [];
    for (let after = ''; ;) {
      const names = await this.names.list(after, DASHBOARDS_PER_READ);
      const found = await Promise.all(names.map((name) => this.find(name)));
      dashboards.push(...found.filter((dashboard) => dashboard !== undefined));
      if (names.length < DASHBOARDS_PER_READ) return dashboards;
      after = names.at(-1) ?? '';
    }
  }

  /** Skips names without a dashboard: an instance may have stopped halfway through a definition or removal. */
  async listSummaries(after: string, limit: number): Promise<DashboardSummary[]> {
    const summaries: DashboardSummary[] = [];
    for (let last = after; summaries.length < limit;) {
      const names = await this.names.list(last, limit);
      const found = await Promise.all(names.map((name) => this.#findSummary(name)));
      summaries.push(...found.filter((summary) => summary !== undefined));
      if (names.length < limit) break;
      last = names.at(-1) ?? '';
    }
    return summaries.slice(0, limit);
  }

  async find(name: string): Promise<Dashboard | undefined> {
    return decodeDashboard(name, await this.connection.reads.hgetall(this.keys.toDashboardKey(name)));
  }

  async #findSummary(name: string): Promise<DashboardSummary | undefined> {
    const key = this.keys.toDashboardKey(name);
    const [revision, size, settings] = await this.connection.reads.hmget(key, 'revision', 'size', 'settings');
    if (revision === null || revision === undefined) return undefined;
    const counterCount = Number(size ?? 0);
    const { title } = JSON.parse(settings ?? '{}') as DashboardSettings;
    return { name, ...(title !== undefined && { title }), revision: Number(revision), counterCount };
  }
}
