/** Dashboards as they are in Redis: read whole, listed by name. */
import type { Counter, Dashboard } from '../../counters/counters.js';
import { createTallyError, createUnknownDashboardRefusal } from '../in-process/decide.js';
import { createTooManyDashboardsError } from '../in-process/define.js';
import type { DashboardSummary } from '../store-events.js';
import type { RedisConnection } from './connection.js';
import type { RedisKeys } from './keys.js';
import { REGISTER_NAME_SCRIPT } from './lua-scripts.js';

/** Dashboards that are read with one round trip. */
const DASHBOARDS_PER_READ = 100;

type HashFields = Readonly<Record<string, string>>;

export class DashboardReader {
  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
  ) {}

  /** @throws TallyError `unknown-dashboard` */
  async read(name: string): Promise<Dashboard> {
    const dashboard = decodeDashboard(name, await this.connection.reads.hgetall(this.keys.toDashboardKey(name)));
    if (!dashboard) throw createTallyError(createUnknownDashboardRefusal(name));
    return dashboard;
  }

  async readAll(): Promise<Dashboard[]> {
    const dashboards: Dashboard[] = [];
    for (let after = ''; ;) {
      const names = await this.listNames(after, DASHBOARDS_PER_READ);
      const found = await Promise.all(names.map((name) => this.#find(name)));
      dashboards.push(...found.filter((dashboard) => dashboard !== undefined));
      if (names.length < DASHBOARDS_PER_READ) return dashboards;
      after = names.at(-1) ?? '';
    }
  }

  /** Names whose dashboard is not there, since somebody stopped halfway, are passed over. */
  async listBriefs(after: string, limit: number): Promise<DashboardSummary[]> {
    const briefs: DashboardSummary[] = [];
    for (let last = after; briefs.length < limit;) {
      const names = await this.listNames(last, limit);
      const found = await Promise.all(names.map((name) => this.#findBrief(name)));
      briefs.push(...found.filter((brief) => brief !== undefined));
      if (names.length < limit) break;
      last = names.at(-1) ?? '';
    }
    return briefs.slice(0, limit);
  }

  /** As the port says. */
  listNames(after: string, limit: number): Promise<string[]> {
    const from = after === '' ? '-' : `(${after}`;
    return this.connection.reads.zrangebylex(this.keys.namesKey, from, '+', 'LIMIT', 0, limit);
  }

  /** Makes a name known before its dashboard is there: none that is there is ever unknown. @throws TallyError `too-many-dashboards` */
  async registerName(name: string, limit: number): Promise<void> {
    const existing = (await this.connection.commands.eval(
      REGISTER_NAME_SCRIPT,
      1,
      this.keys.namesKey,
      name,
      limit,
    )) as number;
    if (existing >= 0) throw createTooManyDashboardsError(existing);
  }

  /** Makes a name known whose dashboard is there, whatever happened meanwhile. */
  async restoreName(name: string): Promise<void> {
    await this.connection.commands.zadd(this.keys.namesKey, 0, name);
  }

  /** Forgets a name, unless its dashboard is there: somebody may have defined it meanwhile. */
  async unregisterName(name: string): Promise<void> {
    const { commands } = this.connection;
    await commands.zrem(this.keys.namesKey, name);
    if (await commands.exists(this.keys.toDashboardKey(name))) await this.restoreName(name);
  }

  async #find(name: string): Promise<Dashboard | undefined> {
    return decodeDashboard(name, await this.connection.reads.hgetall(this.keys.toDashboardKey(name)));
  }

  async #findBrief(name: string): Promise<DashboardSummary | undefined> {
    const key = this.keys.toDashboardKey(name);
    const [revision, size, title] = await this.connection.reads.hmget(key, 'revision', 'size', 'title');
    if (revision === null || revision === undefined) return undefined;
    const counterCount = Number(size ?? 0);
    return { name, ...(typeof title === 'string' && { title }), revision: Number(revision), counterCount };
  }
}

/** A dashboard as lua/change.lua has written it. Undefined when it is not there. */
export function decodeDashboard(name: string, fields: HashFields): Dashboard | undefined {
  const { epoch, revision, at, title } = fields;
  if (epoch === undefined) return undefined;
  const declared: [number, string, Counter][] = [];
  for (const [field, text] of Object.entries(fields)) {
    if (!field.startsWith('d:')) continue;
    const counter = field.slice(2);
    const [position = '', definition = '{}'] = text.split(/ (.*)/s, 2);
    const [value = '0', added = '0', removed = '0'] = (fields[`c:${counter}`] ?? '').split(' ', 3);
    declared.push([
      Number(position),
      counter,
      {
        ...(JSON.parse(definition) as Pick<Counter, 'title' | 'unit'>),
        value: Number(value),
        added: BigInt(added),
        removed: BigInt(removed),
      },
    ]);
  }
  const counters = new Map(
    declared.toSorted(([one], [other]) => one - other).map(([, counter, state]) => [counter, state]),
  );
  return {
    name,
    ...(title !== undefined && { title }),
    epoch,
    revision: Number(revision),
    at: Number(at),
    counters,
  };
}
